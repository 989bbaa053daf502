#include "journal/ids.hpp"

#include "journal/crc32c.hpp"

namespace shoal::journal {

TypeNumber type_number(std::string_view type_name) { return TypeNumber(crc32c(type_name)); }

}  // namespace shoal::journal
