#pragma once
#include <optional>
#include <string>
#include <vector>

#include "host/rest/message.hpp"

namespace reprise::rest {

/// What others could be made to do to us. Pure; an answer means that the request is refused with it.
/// A webhook is no request: one that a customer has pointed at us comes past every other check.
std::optional<Response> check_sender(const Request& request);
/// On TCP, Host must be a loopback name or one of allowed_hosts (DNS rebinding: a stranger's name that resolves to us). Health
/// may be asked for without a Host, as load balancers do in HTTP/1.0 and no browser does.
std::optional<Response> check_host(const Request& request, const std::vector<std::string>& allowed_hosts);
/// A method that changes something must not come from another site's page: Origin, where present, is ours, and
/// Sec-Fetch-Site, where present, says same-origin or none.
std::optional<Response> check_origin(const Request& request);
/// A body must be declared as JSON, which a foreign page cannot send without asking first.
std::optional<Response> check_content_type(const Request& request);

}  // namespace reprise::rest
