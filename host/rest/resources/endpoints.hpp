#pragma once
#include "host/rest/router.hpp"
#include "host/runtime/endpoint_board.hpp"

namespace reprise::rest {

/// GET /endpoints?state=&connector=&limit= : how many endpoints the tasks know and have in trouble, and the worst of those that hold
/// up records, as they stood a second ago. state: trouble, slow or waiting; limit: 1 to 1,000, 100 if not given. 400: wrong
/// parameter. REQUIRES: board outlives the server.
void add_endpoints(Router& router, const runtime::EndpointBoard& board);

}  // namespace reprise::rest
