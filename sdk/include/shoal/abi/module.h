/* Shoal module ABI: the handshake of a shared library and the table of the host.
 *
 * A module exports one function, `shoal_module_entry`, and nothing else. The host reads `magic`, `size` and
 * `abi` before it touches anything behind them. */
#ifndef SHOAL_ABI_MODULE_H
#define SHOAL_ABI_MODULE_H

#include "shoal/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_MODULE_MAGIC UINT64_C(0x454c444f4d4c4853) /* "SHLMODLE", little endian */

/* The ABI's number. While the ABI is a draft the high bit is set and the low bits count drafts; a host
 * refuses every other number. Once frozen it is a plain revision. */
#define SHOAL_ABI_DRAFT_BIT UINT32_C(0x80000000)
#define SHOAL_ABI (SHOAL_ABI_DRAFT_BIT | UINT32_C(1))

#define SHOAL_MODULE_ENTRY_NAME "shoal_module_entry"

typedef uint32_t shoal_log_level;
enum { SHOAL_LOG_DEBUG = 1, SHOAL_LOG_INFO = 2, SHOAL_LOG_WARNING = 3, SHOAL_LOG_ERROR = 4 };

typedef uint32_t shoal_metric_kind;
enum { SHOAL_METRIC_COUNTER = 1, SHOAL_METRIC_GAUGE = 2 };

/* What the host offers a loaded generation. Valid from `init` until `deinit` returns. */
typedef struct shoal_host {
  uint32_t size; /* sizeof(shoal_host) */
  uint32_t abi;  /* SHOAL_ABI of the host */
  void* state;
  const char* version; /* of the host, e.g. "0.1.0" */
  shoal_allocator allocator;
  /* Writes a line of UTF-8 to the host's log under the module's name. At most 4,096 bytes are kept.
   * [any-thread] */
  void (*log)(void* state, shoal_log_level level, shoal_bytes text);
  /* Names a metric, `[a-z][a-z0-9_]{0,63}`, and gives its number; the same name gives the same number. At
   * most 64 a module (TOO_LARGE). Legal in `init` and `configure`. [control] */
  shoal_status (*register_metric)(void* state, shoal_metric_kind kind, shoal_bytes name, shoal_bytes help,
                                  uint32_t* metric);
  /* Adds to a counter, or sets a gauge. INVALID_ARGUMENT for an unknown number. [any-thread] */
  shoal_status (*update_metric)(void* state, uint32_t metric, int64_t value);
} shoal_host;

typedef struct shoal_module {
  uint64_t magic;         /* SHOAL_MODULE_MAGIC */
  uint32_t size;          /* sizeof(shoal_module) */
  uint32_t abi;           /* SHOAL_ABI the module was built with */
  const char* id;         /* `[a-z][a-z0-9_-]{0,63}` */
  const char* version;    /* free text, at most 64 bytes */
  const char* built_with; /* compiler and standard library, for reports */
  /* Called once before anything else, on `control`. On failure the reason is written to `error` and `deinit`
   * is not called. `*instance` is handed to every later call. */
  shoal_status (*init)(const shoal_host* host, const shoal_config* config, const shoal_writer* error,
                       void** instance);
  /* No entity of this generation runs any more; background work of the module must end before it returns. */
  shoal_status (*quiesce)(void* instance);
  /* Frees what `init` made. Nothing is called afterwards. */
  void (*deinit)(void* instance);
  /* The table of an extension by its id with revision ("shoal.entity/1"), or NULL. Lives as long as the
   * module. */
  const void* (*get_factory)(void* instance, const char* id);
} shoal_module;

#if defined(__GNUC__)
#define SHOAL_EXPORT __attribute__((visibility("default")))
#else
#define SHOAL_EXPORT
#endif

/* The one exported function. The table is static and outlives every call. */
SHOAL_EXPORT const shoal_module* shoal_module_entry(void);

#ifdef __cplusplus
}
#endif

#endif
