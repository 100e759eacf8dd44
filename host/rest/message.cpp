#include "host/rest/message.hpp"

#include <atomic>

#include "host/telemetry/json_text.hpp"

namespace reprise::rest {

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response error_response(int status, std::string_view message) {
  return json_response(
      status, R"({"error_code":)" + std::to_string(status) + R"(,"message":)" + telemetry::json_string(message) + "}");
}

Response empty_response(int status) {
  Response response;
  response.status = status;
  response.content_type.clear();
  return response;
}

struct Responder::Shared {
  explicit Shared(std::function<void(Response)> to) : deliver(std::move(to)) {}
  ~Shared() {
    if (!is_answered.exchange(true)) deliver(error_response(500, "the request was not answered"));
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  std::atomic<bool> is_answered{false};
  std::function<void(Response)> deliver;
};

Responder::Responder(std::function<void(Response)> deliver) : shared_(std::make_shared<Shared>(std::move(deliver))) {}

void Responder::operator()(Response response) const {
  if (!shared_->is_answered.exchange(true)) shared_->deliver(std::move(response));
}

}  // namespace reprise::rest
