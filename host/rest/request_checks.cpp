#include "host/rest/request_checks.hpp"

#include <algorithm>

#include "host/base/text.hpp"

namespace reprise::rest {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// Host without its port, in lower case.
std::string host_name(std::string_view host) {
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return lower(host.substr(0, colon));
}

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

}  // namespace

std::optional<Response> check_sender(const Request& request) {
  if (!request.headers.contains("webhook-id")) return std::nullopt;
  return error_response(403, "Webhooks are not received here");
}

std::optional<Response> check_host(const Request& request, const std::vector<std::string>& allowed_hosts) {
  if (request.is_local_socket) return std::nullopt;
  if (!request.headers.contains("host") && is_safe(request.method) && request.path.starts_with("/health/"))
    return std::nullopt;
  const std::string name = host_name(request.header("host"));
  if (name == "localhost" || name == "127.0.0.1" || name == "[::1]") return std::nullopt;
  if (std::any_of(allowed_hosts.begin(), allowed_hosts.end(),
                  [&](const std::string& allowed) { return lower(allowed) == name; }))
    return std::nullopt;
  return error_response(421, "This server does not answer for the host " + quoted(name));
}

std::optional<Response> check_origin(const Request& request) {
  if (is_safe(request.method)) return std::nullopt;
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none")
    return error_response(403, "Requests from other sites are refused");
  if (!request.headers.contains("origin")) return std::nullopt;
  const std::string origin = lower(request.header("origin"));
  const std::string host = lower(request.header("host"));
  if (origin == "http://" + host || origin == "https://" + host) return std::nullopt;
  return error_response(403, "Requests from other origins are refused");
}

std::optional<Response> check_content_type(const Request& request) {
  if (request.body.empty()) return std::nullopt;
  const std::string type = lower(request.header("content-type"));
  const std::string_view media = trim(std::string_view(type).substr(0, type.find(';')));
  if (media == "application/json") return std::nullopt;
  return error_response(415, "A body needs Content-Type: application/json");
}

}  // namespace reprise::rest
