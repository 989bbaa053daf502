/* Shoal module ABI: the plain data every other ABI header is made of.
 *
 * C11. Rules of the whole ABI: size first in every struct, fixed-width integers, structs grow at the end and
 * are never reordered, nothing crosses but plain data, function pointers and borrowed bytes. No exception, no
 * C++ type and no ownership of memory crosses. `sdk/ABI.md` has the rules and the table of phases. */
#ifndef SHOAL_ABI_BASE_H
#define SHOAL_ABI_BASE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call came to. Values are never reused. */
typedef uint32_t shoal_status;
enum {
  SHOAL_STATUS_OK = 0,
  SHOAL_STATUS_FAILED = 1,           /* the callee failed; `set_error` or a writer may hold the reason */
  SHOAL_STATUS_UNSUPPORTED = 2,      /* this host cannot serve the call yet */
  SHOAL_STATUS_INVALID_ARGUMENT = 3, /* an argument is out of its documented range */
  SHOAL_STATUS_WRONG_PHASE = 4,      /* the call is not legal in the turn's phase */
  SHOAL_STATUS_TOO_LARGE = 5,        /* a bound in bytes or items would be passed; nothing was taken */
  SHOAL_STATUS_NOT_FOUND = 6,        /* the named thing does not exist (sink, header, config key) */
  SHOAL_STATUS_UNDECODABLE = 7,      /* the bytes are not what the codec and type expect */
  SHOAL_STATUS_DEAD_LETTER = 8,      /* from `admit`: the record is refused and becomes a dead letter */
  SHOAL_STATUS_OVERLOADED = 9,       /* refused for want of room */
  SHOAL_STATUS_DEADLINE = 10,        /* the deadline passed first */
  SHOAL_STATUS_NOT_ACTIVE = 11,      /* an only-if-active message found no active entity */
  SHOAL_STATUS_OUT_OF_MEMORY = 12    /* an allocation failed */
};

/* Borrowed bytes. `data == NULL` is null (absent), which differs from empty (`data != NULL`, `size == 0`). */
typedef struct shoal_bytes {
  const uint8_t* data;
  uint64_t size; /* bytes */
} shoal_bytes;

/* How a body is encoded. */
typedef uint32_t shoal_codec;
enum {
  SHOAL_CODEC_BYTES = 0,  /* opaque */
  SHOAL_CODEC_JSON = 1,   /* one JSON value, UTF-8 */
  SHOAL_CODEC_MSGPACK = 2 /* one MessagePack value */
};

/* Takes a value chunk by chunk. Valid for the call it is passed to. */
typedef struct shoal_writer {
  uint32_t size; /* sizeof(shoal_writer) */
  uint32_t reserved;
  void* state;
  /* Appends a chunk; TOO_LARGE past the receiver's bound. */
  shoal_status (*write)(void* state, shoal_bytes chunk);
} shoal_writer;

/* Gives a value chunk by chunk. Valid for the call it is passed to. */
typedef struct shoal_reader {
  uint32_t size; /* sizeof(shoal_reader) */
  uint32_t reserved;
  void* state;
  uint64_t remaining; /* bytes of the whole value when the call starts */
  /* The next chunk of 1..`size_max` bytes, valid until the next call; a chunk of size 0 is the end. */
  shoal_status (*read)(void* state, uint64_t size_max, shoal_bytes* chunk);
} shoal_reader;

/* Memory of the host for a module. [any-thread] */
typedef struct shoal_allocator {
  uint32_t size; /* sizeof(shoal_allocator) */
  uint32_t reserved;
  void* state;
  /* `alignment` is a power of two. NULL when out of memory. */
  void* (*allocate)(void* state, uint64_t size, uint64_t alignment);
  /* Takes what `allocate` of the same allocator gave, with the same size and alignment. */
  void (*release)(void* state, void* memory, uint64_t size, uint64_t alignment);
} shoal_allocator;

/* One value of a configuration table. */
typedef uint32_t shoal_value_kind;
enum {
  SHOAL_VALUE_STRING = 1,
  SHOAL_VALUE_INTEGER = 2,
  SHOAL_VALUE_FLOAT = 3,
  SHOAL_VALUE_BOOLEAN = 4,
  SHOAL_VALUE_OTHER = 5 /* array, table or date: read it from `json` */
};

typedef struct shoal_value {
  uint32_t size; /* sizeof(shoal_value), set by the caller */
  shoal_value_kind kind;
  shoal_bytes string; /* STRING: UTF-8; OTHER: its JSON text. Lives as long as the shoal_config */
  int64_t integer;    /* INTEGER; BOOLEAN as 0 or 1 */
  double real;        /* FLOAT; INTEGER converted */
} shoal_value;

/* The `config` table of a module or of a type, from the host's TOML file. Valid for the call it is passed to.
 */
typedef struct shoal_config {
  uint32_t size; /* sizeof(shoal_config) */
  uint32_t reserved;
  const void* state;
  shoal_bytes json; /* the whole table as one JSON object */
  /* Looks a dotted path up: OK, or NOT_FOUND. */
  shoal_status (*get)(const void* state, shoal_bytes path, shoal_value* value);
} shoal_config;

#ifdef __cplusplus
}
#endif

#endif
