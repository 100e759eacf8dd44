// field_receiver: the customers' end of the webhooks, with a ledger of everything that arrived.
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "../common/args.hpp"
#include "server.hpp"

namespace {

/// The port's file appears complete or not at all: others wait for it and read it at once.
void write_port(const std::string& path, int port) {
  const std::string draft = path + ".new";
  std::FILE* file = std::fopen(draft.c_str(), "w");
  if (file == nullptr) field::die(2, "cannot write " + draft + ": " + std::strerror(errno));
  std::fprintf(file, "%d\n", port);
  std::fclose(file);
  if (std::rename(draft.c_str(), path.c_str()) != 0)
    field::die(2, "cannot write " + path + ": " + std::strerror(errno));
}

}  // namespace

int main(int argc, char** argv) {
  const field::Args args(argc, argv, {"ledger", "secrets", "port", "port-file", "certificate", "key", "client-ca"},
                         {"no-ledger", "self-signed"});
  if (args.has("ledger") == args.has("no-ledger")) field::die(2, "give one of --ledger FILE and --no-ledger");

  field::Ledger ledger;
  if (args.has("ledger") && !ledger.open(args.text("ledger"))) {
    field::die(2, "cannot open " + args.text("ledger") + ": " + std::strerror(errno));
  }
  field::Signatures signatures;
  std::string problem;
  if (args.has("secrets") && !signatures.load(args.text("secrets"), problem)) field::die(2, problem);
  field::SslContext tls;
  if (args.has("certificate")) {
    if (args.has("self-signed")) field::write_self_signed(args.text("certificate"), args.required("key"));
    tls = field::server_context(args.text("certificate"), args.required("key"), args.text("client-ca"));
  }

  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGTERM);
  sigaddset(&stops, SIGINT);
  sigprocmask(SIG_BLOCK, &stops, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  const int stop_file = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);

  field::Server server(args.has("no-ledger") ? nullptr : &ledger, signatures, tls.get());
  const int port = server.listen(static_cast<int>(args.integer("port", 0)));
  if (port == 0) field::die(1, std::string("cannot listen on 127.0.0.1: ") + std::strerror(errno));
  if (args.has("port-file")) write_port(args.text("port-file"), port);
  std::printf("field_receiver listens on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  server.run(stop_file);
  ::close(stop_file);
  std::printf("%s", server.stats().json(0).c_str());
  return 0;
}
