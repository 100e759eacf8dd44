#include "host/rest/router.hpp"

#include <algorithm>
#include <cassert>
#include <set>

#include "host/base/text.hpp"
#include "host/rest/target.hpp"

namespace reprise::rest {
namespace {

constexpr std::size_t kMaxParamBytes = 255;

bool is_param(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

/// "/a/b/" and "/a/b" are a, b; "/" is nothing.
std::vector<std::string_view> segments_of(std::string_view path) {
  path.remove_prefix(1);
  if (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (path.empty()) return {};
  return split(path, '/');
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return pattern.size() == segments.size() &&
         std::equal(pattern.begin(), pattern.end(), segments.begin(),
                    [](const std::string& wanted, const std::string& is) {
                      return is_param(wanted) ? !is.empty() && is.size() <= kMaxParamBytes : wanted == is;
                    });
}

/// Literal segments before parameters, from the left.
bool is_more_specific(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::lexicographical_compare(
      a.begin(), a.end(), b.begin(), b.end(),
      [](const std::string& x, const std::string& y) { return !is_param(x) && is_param(y); });
}

std::string joined(const std::set<std::string>& methods) {
  std::string out;
  for (const std::string& method : methods) out += (out.empty() ? "" : ", ") + method;
  return out;
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Handler handler, RouteOptions options) {
  add_async(
      method, pattern,
      [handler = std::move(handler)](const Request& request, const Responder& respond) { respond(handler(request)); },
      options);
}

void Router::add_async(std::string_view method, std::string_view pattern, AsyncHandler handler, RouteOptions options) {
  assert(!pattern.empty() && pattern.front() == '/');
  Route route{std::string(method), {}, std::move(handler), options};
  for (const std::string_view segment : segments_of(pattern)) route.segments.emplace_back(segment);
  assert(std::none_of(routes_.begin(), routes_.end(), [&](const Route& other) {
    return other.method == route.method && other.segments == route.segments;
  }));
  routes_.push_back(std::move(route));
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  std::vector<std::string> segments;
  for (const std::string_view segment : segments_of(path)) {
    auto decoded = percent_decode(segment, false);
    if (!decoded) {
      match.refusal = error_response(400, "The path is not correctly encoded");
      return match;
    }
    segments.push_back(std::move(*decoded));
  }
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  const Route* found = nullptr;
  std::set<std::string> allowed;
  for (const Route& route : routes_) {
    if (!matches(route.segments, segments)) continue;
    allowed.insert(route.method);
    if (route.method == "GET") allowed.insert("HEAD");
    if (route.method == wanted && (found == nullptr || is_more_specific(route.segments, found->segments)))
      found = &route;
  }
  if (found == nullptr) {
    if (allowed.empty()) {
      match.refusal = error_response(404, "HTTP 404 Not Found");
    } else {
      match.refusal = error_response(405, "HTTP 405 Method Not Allowed");
      match.refusal.headers.emplace_back("Allow", joined(allowed));
    }
    return match;
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string& name = found->segments[i];
    if (is_param(name)) match.params.emplace(name.substr(1, name.size() - 2), std::move(segments[i]));
  }
  match.handler = &found->handler;
  match.options = found->options;
  return match;
}

}  // namespace reprise::rest
