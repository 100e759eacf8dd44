#pragma once
#include "host/replay/replays.hpp"
#include "host/rest/router.hpp"

namespace reprise::rest {

/// POST /replays (202 with the job), GET /replays?state=&connector=, GET /replays/{id}, POST /replays/{id}/cancel, /pause and
/// /resume; DELETE /replays/{id} cancels. 400: wrong request, 404: names something unknown, 409: active already or wrong
/// state, 503: the broker is away. REQUIRES: replays outlives the server.
void add_replays(Router& router, replay::Replays& replays);

}  // namespace reprise::rest
