#include "host/rest/chunked_body.hpp"

#include <algorithm>

namespace reprise::rest {
namespace {

constexpr unsigned kMaxSizeDigits = 8;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkedBody::State ChunkedBody::take(char c) {
  switch (step_) {
    case Step::Size: {
      const int value = hex_value(c);
      if (value >= 0) {
        if (++digits_ > kMaxSizeDigits) return State::Refused;
        remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(value);
        return State::More;
      }
      if (c != '\r' || digits_ == 0) return State::Refused;
      step_ = Step::SizeLineFeed;
      return State::More;
    }
    case Step::SizeLineFeed:
      if (c != '\n') return State::Refused;
      if (remaining_ > max_body_bytes_ - body_.size()) return State::TooLarge;
      digits_ = 0;
      step_ = remaining_ == 0 ? Step::EndReturn : Step::Data;
      return State::More;
    case Step::DataReturn:
      step_ = Step::DataLineFeed;
      return c == '\r' ? State::More : State::Refused;
    case Step::DataLineFeed:
      step_ = Step::Size;
      return c == '\n' ? State::More : State::Refused;
    case Step::EndReturn:
      step_ = Step::EndLineFeed;
      return c == '\r' ? State::More : State::Refused;
    case Step::EndLineFeed:
      step_ = Step::Done;
      return c == '\n' ? State::Done : State::Refused;
    case Step::Data:
    case Step::Done:
      break;
  }
  return State::Refused;
}

ChunkedBody::State ChunkedBody::feed(std::string_view bytes, std::size_t& consumed) {
  consumed = 0;
  while (consumed < bytes.size()) {
    if (step_ == Step::Data) {
      const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size() - consumed));
      body_.append(bytes.substr(consumed, taken));
      consumed += taken;
      remaining_ -= taken;
      if (remaining_ == 0) step_ = Step::DataReturn;
      continue;
    }
    const State state = take(bytes[consumed++]);
    if (state != State::More) return state;
  }
  return State::More;
}

}  // namespace reprise::rest
