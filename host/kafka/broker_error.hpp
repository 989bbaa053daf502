#pragma once
// librdkafka's error codes as ours. Private to this folder.

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

#include "shoal/base/result.hpp"

namespace shoal::kafka {

// The kind of failure: unreachable, not_found, refused (authorisation), deadline, already_exists or failed.
ErrorCode error_code_of(rd_kafka_resp_err_t code);

// "<what>: <librdkafka's words> (<its name>)", with the operator's next step where the code has one. `detail`
// replaces librdkafka's words where it is not empty.
Error broker_error(rd_kafka_resp_err_t code, std::string_view what, std::string_view detail = {});

}  // namespace shoal::kafka
