/* Goal: the ABI's layout as a C11 compiler sees it, for layout_test.cpp. Method: layout.inc as a table. */
#include "tests/abi/layout.h"

#define ALIGNMENT_OF(type) _Alignof(type)
#define SHOAL_ABI_STRUCT SHOAL_ABI_LAYOUT_ROW_STRUCT
#define SHOAL_ABI_FIELD SHOAL_ABI_LAYOUT_ROW_FIELD
#define SHOAL_ABI_VALUE SHOAL_ABI_LAYOUT_ROW_VALUE
#define SHOAL_ABI_NUMBER SHOAL_ABI_LAYOUT_ROW_VALUE

static const layout_row rows[] = {
#include "tests/abi/layout.inc"
};

const layout_row* layout_as_c(size_t* count) {
  *count = sizeof(rows) / sizeof(rows[0]);
  return rows;
}
