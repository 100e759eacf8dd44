#include "timer_wheel.hpp"

#include <algorithm>

namespace reprise::webhook {

TimerWheel::TimerWheel() {
  for (auto& head : slots_) head.previous_ = head.next_ = &head;
}

void TimerWheel::link(Timer& head, Timer& timer) {
  timer.previous_ = head.previous_;
  timer.next_ = &head;
  head.previous_->next_ = &timer;
  head.previous_ = &timer;
}

void TimerWheel::unlink(Timer& timer) {
  timer.previous_->next_ = timer.next_;
  timer.next_->previous_ = timer.previous_;
  timer.previous_ = timer.next_ = nullptr;
}

void TimerWheel::set(Timer& timer, std::int64_t due_ns) {
  if (timer.is_set()) {
    unlink(timer);
  } else {
    ++count_;
  }
  timer.due_ns_ = due_ns;
  // A time that has passed goes into the next slot that will be looked at.
  const std::int64_t tick = std::max(tick_of(due_ns), tick_ + 1);
  link(slots_[static_cast<std::size_t>(tick) % kSlots], timer);
  next_ns_ = std::min(next_ns_, tick * kTickNs);
}

void TimerWheel::cancel(Timer& timer) {
  if (!timer.is_set()) return;
  unlink(timer);
  if (--count_ == 0) next_ns_ = kNever;
}

void TimerWheel::advance(std::int64_t now_ns, const std::function<void(Timer&)>& fire) {
  const std::int64_t now_tick = now_ns / kTickNs;
  if (now_ns < next_ns_ || now_tick <= tick_) return;
  // After a long pause every slot is looked at once, not once for each tick that passed.
  const std::int64_t first = std::max(tick_ + 1, now_tick - static_cast<std::int64_t>(kSlots) + 1);
  tick_ = now_tick;
  for (std::int64_t tick = first; tick <= now_tick && count_ > 0; ++tick) {
    Timer due;  // the slot's ring is moved here, so that fire may set timers into the same slot
    due.previous_ = due.next_ = &due;
    Timer& head = slots_[static_cast<std::size_t>(tick) % kSlots];
    while (head.next_ != &head) {
      Timer& timer = *head.next_;
      unlink(timer);
      link(due, timer);
    }
    while (due.next_ != &due) {
      Timer& timer = *due.next_;
      unlink(timer);
      if (timer.due_ns_ <= now_ns) {
        --count_;
        fire(timer);
      } else {
        link(head, timer);  // of a later round
      }
    }
  }
  find_next();
}

void TimerWheel::find_next() {
  next_ns_ = kNever;
  if (count_ == 0) return;
  for (std::int64_t tick = tick_ + 1; tick <= tick_ + static_cast<std::int64_t>(kSlots); ++tick) {
    const Timer& head = slots_[static_cast<std::size_t>(tick) % kSlots];
    if (head.next_ != &head) {
      next_ns_ = tick * kTickNs;
      return;
    }
  }
}

}  // namespace reprise::webhook
