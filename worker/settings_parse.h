/* Values of settings from text, and back. Pure. */
#ifndef PENSTOCK_WORKER_SETTINGS_PARSE_H
#define PENSTOCK_WORKER_SETTINGS_PARSE_H

#include "base/bytes.h"

/* "250ms", "10s", "2m", "1h", or "0" without a unit, into milliseconds; a value too great for the type becomes INT64_MAX. False when
 * it is not a whole number with one of these units. */
bool settings_parse_duration(struct slice text, int64_t *ret_ms) MUST_USE;

/* "4096", "64KiB", "32MiB", "1GiB" into bytes; as above. */
bool settings_parse_size(struct slice text, int64_t *ret_bytes) MUST_USE;

/* Decimal digits only; as above. */
bool settings_parse_number(struct slice text, int64_t *ret_number) MUST_USE;

/* "true" or "false". */
bool settings_parse_bool(struct slice text, bool *ret_value) MUST_USE;

/* The index of `text` among `choices` (ends with NULL). */
bool settings_parse_choice(struct slice text, const char *const *choices, int64_t *ret_index) MUST_USE;

enum { SETTING_VALUE_BYTES = 32 };

/* In the greatest unit that leaves a whole number: "10s", "64KiB". */
void settings_format_duration(int64_t ms, char ret_text[SETTING_VALUE_BYTES]);
void settings_format_size(int64_t bytes, char ret_text[SETTING_VALUE_BYTES]);

#endif
