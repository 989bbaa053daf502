#pragma once
// Everything a module needs but its codecs: add shoal/json.hpp or shoal/msgpack.hpp. The standard library
// only.

#include "shoal/codec.hpp"
#include "shoal/context.hpp"
#include "shoal/entity.hpp"
#include "shoal/errors.hpp"
#include "shoal/fields.hpp"
#include "shoal/host.hpp"
#include "shoal/messages.hpp"
#include "shoal/module.hpp"
#include "shoal/offsets.hpp"
#include "shoal/record.hpp"
