// field_generator: fills a Kafka topic with account-activity events and writes down what it put there.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>

#include "../common/args.hpp"
#include "events.hpp"
#include "producer.hpp"

namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t stop_asked = 0;

struct Plan {
  std::int64_t events = 0;
  std::int64_t first_id = 1;
  std::int64_t webhooks = 300;
  std::int64_t first_webhook = 1;
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;  ///< 0: every event carries the time at which it is produced
  std::int64_t jitter_ms = 1500;
  double copies = 0;
  double rate = 0;  ///< records a second, 0 unlimited
  bool truth = false;
  bool in_turn = false;  ///< the first webhook, the second ... one after another instead of by zipf
};

/// A record that the second data centre repeats once `due` originals have been sent.
struct Copy {
  std::int64_t due = 0;
  std::int64_t webhook_id = 0;
  std::int64_t timestamp_ms = 0;
  std::string event_id;
  std::string value;
};

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::vector<std::pair<std::string, std::string>> pairs(const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) field::die(2, "\"" + text + "\" is not name=value");
    result.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

/// Times rise through the span and wander by `jitter_ms`, as the clocks of many producers do: offset order is not time order.
std::int64_t time_of(const Plan& plan, std::int64_t index, std::mt19937_64& random) {
  if (plan.to_ms == 0) return wall_ms();
  const double share = static_cast<double>(index) / static_cast<double>(std::max<std::int64_t>(plan.events, 1));
  const auto base = plan.from_ms + static_cast<std::int64_t>(share * static_cast<double>(plan.to_ms - plan.from_ms));
  const auto wander =
      plan.jitter_ms == 0 ? 0 : std::uniform_int_distribution<std::int64_t>(-plan.jitter_ms, plan.jitter_ms)(random);
  return std::clamp(base + wander, plan.from_ms, plan.to_ms - 1);
}

class Generation {
 public:
  Generation(const Plan& plan, std::size_t size, double zipf, std::int64_t hot, std::uint64_t seed,
             field::Producer& producer)
      : plan_(plan),
        random_(seed),
        webhooks_(plan.webhooks, zipf, hot, random_),
        writer_(size, seed),
        producer_(producer) {}

  void run() {
    started_ = Clock::now();
    std::string value;
    for (std::int64_t i = 0; i < plan_.events && stop_asked == 0; ++i) {
      send_copies(i);
      char id[32];
      std::snprintf(id, sizeof id, "evt-%012lld", static_cast<long long>(plan_.first_id + i));
      const auto nth = plan_.in_turn ? 1 + i % plan_.webhooks : webhooks_.draw(random_);
      const auto webhook = plan_.first_webhook + nth - 1;
      const auto timestamp = time_of(plan_, i, random_);
      writer_.render(id, webhook, timestamp, random_, value);
      send(id, webhook, timestamp, value, 0);
      if (plan_.copies > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < plan_.copies) {
        // Up to 500 events and two seconds later, with the same bytes: what a mirror between data centres does.
        const auto later = static_cast<std::int64_t>(1 + random_() % 500);
        const auto lag_ms = static_cast<std::int64_t>(random_() % 2000);
        copies_.emplace(i + later, Copy{i + later, webhook, plan_.to_ms == 0 ? 0 : timestamp + lag_ms, id, value});
      }
    }
    send_copies(plan_.events + 1000);
  }

  [[nodiscard]] std::int64_t sent() const { return sent_; }
  [[nodiscard]] std::int64_t copied() const { return copied_; }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

 private:
  void send_copies(std::int64_t reached) {
    while (!copies_.empty() && copies_.begin()->first <= reached) {
      const Copy copy = std::move(copies_.begin()->second);
      copies_.erase(copies_.begin());
      send(copy.event_id, copy.webhook_id, copy.timestamp_ms == 0 ? wall_ms() : copy.timestamp_ms, copy.value, 1);
      ++copied_;
    }
  }

  void send(const std::string& id, std::int64_t webhook, std::int64_t timestamp, const std::string& value, int copy) {
    throttle();
    std::unique_ptr<field::Sent> sent;
    if (plan_.truth) {
      sent = std::make_unique<field::Sent>(field::Sent{id, webhook, timestamp, field::sha256(value), copy});
    }
    producer_.send(webhook, value, timestamp, std::move(sent));
    ++sent_;
    bytes_ += static_cast<std::int64_t>(value.size());
    if (sent_ % 512 == 0) producer_.serve(0);
  }

  void throttle() {
    if (plan_.rate <= 0) return;
    const auto due = started_ + std::chrono::duration_cast<Clock::duration>(
                                    std::chrono::duration<double>(static_cast<double>(sent_) / plan_.rate));
    while (Clock::now() < due && stop_asked == 0) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due - Clock::now()).count();
      producer_.serve(static_cast<int>(std::clamp<std::int64_t>(left + 1, 1, 100)));
    }
  }

  Plan plan_;
  std::mt19937_64 random_;
  field::SkewedWebhooks webhooks_;
  field::EventWriter writer_;
  field::Producer& producer_;
  std::multimap<std::int64_t, Copy> copies_;
  Clock::time_point started_;
  std::int64_t sent_ = 0;
  std::int64_t copied_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const field::Args args(argc, argv,
                         {"bootstrap", "topic", "partitions", "config", "events", "webhooks", "first-webhook",
                          "zipf",      "hot",   "size",       "copies", "from",   "to",       "jitter-ms",
                          "codec",     "seed",  "start-id",   "rate",   "truth",  "client"},
                         {"bulk", "no-create", "create-only", "in-turn"});
  const std::string topic = args.required("topic");
  Plan plan;
  plan.events = args.integer("events", 0);
  plan.first_id = args.integer("start-id", 1);
  plan.webhooks = args.integer("webhooks", 300);
  plan.first_webhook = args.integer("first-webhook", 1);
  plan.from_ms = args.time_ms("from", 0);
  plan.to_ms = args.time_ms("to", 0);
  plan.jitter_ms = args.integer("jitter-ms", 1500);
  plan.copies = args.real("copies", 0);
  plan.rate = args.real("rate", 0);
  plan.truth = args.has("truth");
  plan.in_turn = args.has("in-turn");
  if (args.has("from") != args.has("to") || (plan.to_ms != 0 && plan.to_ms <= plan.from_ms)) {
    field::die(2, "--from and --to belong together, and --from must be the earlier one");
  }
  if (plan.webhooks < 1 || plan.copies < 0 || plan.copies > 1) field::die(2, "--webhooks or --copies is out of range");

  auto client = pairs(args.all("client"));
  if (args.has("bulk")) {
    // Large batches: for benches, where filling the topic is not what is measured.
    client.insert(client.begin(), {{"linger.ms", "50"}, {"batch.size", "1000000"}, {"batch.num.messages", "20000"}});
  }
  field::Producer producer(args.required("bootstrap"), args.text("codec", "snappy"), client, args.text("truth"));
  if (!args.has("no-create")) {
    field::create_topic(producer.client(), topic, static_cast<int>(args.integer("partitions", 4)),
                        pairs(args.all("config")));
  }
  if (args.has("create-only")) return 0;
  producer.open(topic);

  std::signal(SIGTERM, [](int) { stop_asked = 1; });
  std::signal(SIGINT, [](int) { stop_asked = 1; });
  const auto start = Clock::now();
  Generation generation(plan, static_cast<std::size_t>(args.integer("size", 1024)), args.real("zipf", 1.0),
                        args.integer("hot", 0), static_cast<std::uint64_t>(args.integer("seed", 1)), producer);
  generation.run();
  const bool complete = producer.finish(120'000);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("generated %lld events and %lld copies, %lld acknowledged, %.1f MB, in %.1f s\n",
              static_cast<long long>(generation.sent() - generation.copied()),
              static_cast<long long>(generation.copied()), static_cast<long long>(producer.acknowledged()),
              static_cast<double>(generation.bytes()) / 1e6, seconds);
  return complete && producer.failed() == 0 ? 0 : 1;
}
