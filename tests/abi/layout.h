/* The layout table as seen by one compiler: each number of layout.inc beside what the compiler makes of it.
 */
#ifndef SHOAL_TESTS_ABI_LAYOUT_H
#define SHOAL_TESTS_ABI_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "shoal/abi/entity.h"
#include "shoal/abi/module.h"
#include "shoal/abi/offsets.h"

typedef struct layout_row {
  const char* kind;  /* "size", "alignment", "offset", "field size", "value" */
  const char* type;  /* the struct, "" for values */
  const char* field; /* the field, enumerator or macro, "" for a whole struct */
  uint64_t expected;
  uint64_t actual;
} layout_row;

/* What an array of rows is made of; `ALIGNMENT_OF` is the language's own operator. */
#define SHOAL_ABI_LAYOUT_ROW_STRUCT(name, bytes, alignment) \
  {"size", #name, "", bytes, sizeof(name)}, {"alignment", #name, "", alignment, ALIGNMENT_OF(name)},
#define SHOAL_ABI_LAYOUT_ROW_FIELD(name, member, place, bytes) \
  {"offset", #name, #member, place, offsetof(name, member)},   \
      {"field size", #name, #member, bytes, sizeof(((name*)0)->member)},
#define SHOAL_ABI_LAYOUT_ROW_VALUE(name, number) {"value", "", #name, number, (uint64_t)(name)},

#ifdef __cplusplus
extern "C" {
#endif

/* The rows as the C11 compiler sees them, and how many. */
const layout_row* layout_as_c(size_t* count);

#ifdef __cplusplus
}
#endif

#endif
