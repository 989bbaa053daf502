#pragma once
// SHOAL_DETAIL_FOR_EACH(macro, context, a, b, …): macro(context, a), macro(context, b), … with commas
// between, for up to 64 arguments. The preprocessor does not recurse, so each level below rescans its text
// four times.

#define SHOAL_DETAIL_PARENTHESES ()

#define SHOAL_DETAIL_EXPAND(...) \
  SHOAL_DETAIL_EXPAND_3(SHOAL_DETAIL_EXPAND_3(SHOAL_DETAIL_EXPAND_3(__VA_ARGS__)))
#define SHOAL_DETAIL_EXPAND_3(...) \
  SHOAL_DETAIL_EXPAND_2(SHOAL_DETAIL_EXPAND_2(SHOAL_DETAIL_EXPAND_2(__VA_ARGS__)))
#define SHOAL_DETAIL_EXPAND_2(...) \
  SHOAL_DETAIL_EXPAND_1(SHOAL_DETAIL_EXPAND_1(SHOAL_DETAIL_EXPAND_1(__VA_ARGS__)))
#define SHOAL_DETAIL_EXPAND_1(...) \
  SHOAL_DETAIL_EXPAND_0(SHOAL_DETAIL_EXPAND_0(SHOAL_DETAIL_EXPAND_0(__VA_ARGS__)))
#define SHOAL_DETAIL_EXPAND_0(...) __VA_ARGS__

#define SHOAL_DETAIL_FOR_EACH(macro, context, ...) \
  __VA_OPT__(SHOAL_DETAIL_EXPAND(SHOAL_DETAIL_FOR_EACH_STEP(macro, context, __VA_ARGS__)))
#define SHOAL_DETAIL_FOR_EACH_STEP(macro, context, first, ...) \
  macro(context, first)                                        \
      __VA_OPT__(, SHOAL_DETAIL_FOR_EACH_AGAIN SHOAL_DETAIL_PARENTHESES(macro, context, __VA_ARGS__))
#define SHOAL_DETAIL_FOR_EACH_AGAIN() SHOAL_DETAIL_FOR_EACH_STEP
