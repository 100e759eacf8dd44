#pragma once
#include <map>
#include <string>

#include "tests/unit/runtime/task_rig.hpp"

namespace reprise::runtime::fakes {

enum class Answer : std::uint8_t { Ok, Refused, Silent, Limited, Throttled, Gone };

/// A sink with endpoints by key: each answers as it was told, those that are Silent after their time. Limited: well, by our own
/// limit 40 times a second. Throttled: every second time 429, come back in a second. Gone: no such endpoint, for good.
class Neighbours {
 public:
  static constexpr auto kSilence = 10s;  // timeout.total of sink-webhook

  explicit Neighbours(config::ConnectorConfig::Mode mode = config::ConnectorConfig::Mode::Live) {
    config::ConnectorConfig connector;
    connector.name = kConnector;
    connector.mode = mode;
    connector.errors.tolerate_all = true;
    connector.errors.dead_letter.emplace();
    connector.errors.endpoint_overflow = config::ErrorPolicy::Overflow::DeadLetter;
    rig.settings = TaskSettings::from(connector, 0);
    rig.sink.on_offer = [this](Rig::Offer offer) { take(offer); };
    rig.dead_letter.on_offer = [this](Rig::Offer offer) {
      ++dead_letters[offer.key];
      rig.settle(offer.handle);
    };
  }

  void add(const std::string& key, std::size_t value_bytes, int count = 1) {
    for (int i = 0; i < count; ++i) rig.add(0, key, std::string(value_bytes, 'x'));
  }
  void answer(const std::string& key, Answer answer) { answers_[key] = answer; }

  void start() {
    rig.log[0];
    rig.start();
  }
  /// Time passes in small steps, so that timers fire about when they are due.
  void pass(std::chrono::milliseconds time, std::chrono::milliseconds step = 100ms) {
    for (; time > 0ms; time -= step) {
      rig.turn(step);
      end_silence();
    }
  }
  std::size_t under_way(const std::string& prefix) const {
    std::size_t count = 0;
    for (const auto& [at, offer] : silent_) count += offer.key.starts_with(prefix) ? 1 : 0;
    return count;
  }

  Rig rig;
  std::map<std::string, int> delivered, dead_letters;
  Answer answer_after_silence = Answer::Refused;

 private:
  void take(const Rig::Offer& offer) {
    const auto found = answers_.find(offer.key);
    settle(offer, found == answers_.end() ? Answer::Ok : found->second);
  }
  void settle(const Rig::Offer& offer, Answer answer) {
    switch (answer) {
      case Answer::Ok:
        ++delivered[offer.key];
        return rig.settle(offer.handle);
      case Answer::Refused:
        return rig.settle(offer.handle, REPRISE_RETRIABLE);
      case Answer::Limited: {
        BootTime& next = next_[offer.key];
        const BootTime now = rig.world.clock.boot();
        if (now < next) return rig.settle(offer.handle, REPRISE_DEFERRED, (next - now) / 1ms + 1);
        next = now + 25ms;
        return settle(offer, Answer::Ok);
      }
      case Answer::Throttled:
        if (tries_[offer.key]++ % 2 == 0) return rig.settle(offer.handle, REPRISE_RETRIABLE, 1000);
        return settle(offer, Answer::Ok);
      case Answer::Gone:
        return rig.settle(offer.handle, REPRISE_PERMANENT, -1, REPRISE_ABOUT_ENDPOINT);
      case Answer::Silent:
        silent_.emplace(rig.world.clock.boot() + kSilence, offer);
        return;
    }
  }
  void end_silence() {
    bool is_settled = false;
    while (!silent_.empty() && silent_.begin()->first <= rig.world.clock.boot()) {
      settle(silent_.begin()->second, answer_after_silence);
      silent_.erase(silent_.begin());
      is_settled = true;
    }
    if (is_settled) rig.turn();
  }

  std::map<std::string, Answer> answers_;
  std::multimap<BootTime, Rig::Offer> silent_;
  std::map<std::string, BootTime> next_;
  std::map<std::string, int> tries_;
};

}  // namespace reprise::runtime::fakes
