// field_checker: compares what the topic holds with what the receiver's ledger says, by its own means.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <thread>

#include "../common/args.hpp"
#include "audit.hpp"
#include "sources.hpp"

namespace {

std::string time_text(std::int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::string scope_text(const field::Scope& scope, const field::Args& args) {
  std::string text = scope.is_replay ? "replay" : "live delivery";
  if (!scope.job.empty()) text += ", job " + scope.job;
  if (!scope.webhook.empty()) text += ", webhook " + scope.webhook;
  if (args.has("from")) text += ", from " + time_text(scope.from_ms);
  if (args.has("to")) text += ", to " + time_text(scope.to_ms);
  return text;
}

void row(const char* name, std::int64_t value) { std::printf("  %-38s %12lld\n", name, static_cast<long long>(value)); }

void print(const field::Verdict& verdict, const field::Scope& scope, const std::string& title, std::int64_t bound) {
  std::printf("checked: %s\n", title.c_str());
  row("records in the topic", verdict.records);
  row("records in scope", verdict.records_in_scope);
  row("requests answered 2xx", verdict.answered_2xx);
  row("requests answered otherwise", verdict.answered_other);
  row("dead letters", verdict.dead_letters);
  row("dead letters repeated", verdict.repeated_dead_letters);
  row("events dead-lettered, never delivered", verdict.dead_events);
  row("events dead-lettered and delivered", verdict.dead_and_delivered);
  row("requests without a signature", verdict.absent_signatures);
  row("requests with an old epoch", verdict.stale_epochs);
  for (const auto& line : verdict.examples) std::printf("  %s\n", line.c_str());
  std::printf("events %lld\n", static_cast<long long>(verdict.events));
  std::printf("phantom %lld\n", static_cast<long long>(verdict.phantom));
  std::printf("out of order %lld\n", static_cast<long long>(verdict.inversions));
  std::printf("late %lld\n", static_cast<long long>(verdict.late));
  std::printf("duplicates %lld (bound %lld)\n", static_cast<long long>(verdict.duplicates),
              static_cast<long long>(bound));
  std::printf("bad signatures %lld\n", static_cast<long long>(verdict.bad_signatures));
  std::printf("%s %lld\n", scope.is_replay ? "missing" : "lost", static_cast<long long>(verdict.missing));
}

}  // namespace

int main(int argc, char** argv) {
  const field::Args args(
      argc, argv,
      {"bootstrap", "topic", "truth", "ledger", "dead-letter-topic", "dead-letter-connector", "mode", "job", "webhook",
       "from", "to", "ended-ms", "max-duplicates", "wait", "timeout", "min-events", "client"},
      {"no-dedup", "require-signatures", "require-order"});
  field::Scope scope;
  const std::string mode = args.required("mode");
  if (mode != "live" && mode != "replay") field::die(2, "--mode is live or replay");
  if (args.has("truth") == args.has("topic")) field::die(2, "give one of --topic NAME and --truth FILE");
  scope.is_replay = mode == "replay";
  scope.job = args.text("job");
  scope.webhook = args.text("webhook");
  scope.from_ms = args.time_ms("from", scope.from_ms);
  scope.to_ms = args.time_ms("to", scope.to_ms);
  scope.ended_ms = args.integer("ended-ms", scope.ended_ms);
  scope.deduplicated = !args.has("no-dedup");
  const std::int64_t bound = args.integer("max-duplicates", 0);
  const std::int64_t min_events = args.integer("min-events", 1);
  const int timeout_ms = static_cast<int>(args.integer("timeout", 120)) * 1000;

  std::vector<std::pair<std::string, std::string>> client;
  for (const auto& text : args.all("client")) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) field::die(2, "--client \"" + text + "\" is not name=value");
    client.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }

  field::Audit audit(scope);
  if (args.has("truth")) {
    field::read_truth(args.text("truth"), [&](const field::TopicRecord& record) { audit.add(record); });
  } else {
    field::TopicReader topic(args.required("bootstrap"), args.text("topic"), client, timeout_ms);
    if (!topic.read_to_end(nullptr, [&](const field::TopicRecord& record, const std::string&) { audit.add(record); })) {
      field::die(3, "no topic " + args.text("topic"));
    }
  }
  field::LedgerReader ledger(args.required("ledger"));
  std::optional<field::TopicReader> dead_letters;
  if (args.has("dead-letter-topic")) {
    dead_letters.emplace(args.required("bootstrap"), args.text("dead-letter-topic"), client, timeout_ms);
  }
  const std::string connector = args.text("dead-letter-connector");

  // Deliveries may still be under way: with --wait the audit is repeated until nothing is missing or the time is up.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(args.integer("wait", 0));
  field::Verdict verdict;
  for (;;) {
    ledger.read_to_end([&](const field::Delivery& delivery) { audit.add(delivery); });
    if (dead_letters.has_value()) {
      dead_letters->read_to_end("__connect.errors.connector.name",
                                [&](const field::TopicRecord& record, const std::string& from) {
                                  if (connector.empty() || connector == from)
                                    audit.add_dead_letter(record.webhook, record.digest);
                                });
    }
    verdict = audit.verdict();
    if (verdict.missing == 0 || std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  print(verdict, scope, scope_text(scope, args), bound);

  bool passed = verdict.missing == 0 && verdict.phantom == 0 && verdict.late == 0 && verdict.bad_signatures == 0;
  // What a crash may repeat is one bound for outcomes of every kind.
  if (verdict.duplicates + verdict.repeated_dead_letters > bound) passed = false;
  if (args.has("require-signatures") && verdict.absent_signatures > 0) passed = false;
  if (args.has("require-order") && verdict.inversions > 0) passed = false;
  // An audit of nothing passes for the wrong reason: a misspelt webhook, an empty range.
  if (verdict.events < min_events) {
    std::fprintf(stderr, "field_checker: %lld events in scope, at least %lld expected\n",
                 static_cast<long long>(verdict.events), static_cast<long long>(min_events));
    passed = false;
  }
  return passed ? 0 : 1;
}
