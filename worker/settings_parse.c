#include "worker/settings_parse.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
    const char *name;
    int64_t factor;
};

/* From the greatest down. */
static const struct unit duration_units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit size_units[] = {
    {"GiB", INT64_C(1) << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}};

enum { UNITS = 4 };

/* The digits at the start of `text`, saturated at INT64_MAX; `*ret_rest` is what follows. False without
 * digits. */
static bool split_number(struct slice text, int64_t *ret_number, struct slice *ret_rest)
{
    int64_t number = 0;
    size_t used = 0;
    while (used < text.length && text.at[used] >= '0' && text.at[used] <= '9') {
        int64_t digit = text.at[used] - '0';
        if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, digit, &number)) {
            number = INT64_MAX;
        }
        used++;
    }
    *ret_number = number;
    *ret_rest = slice_of(text.at + used, text.length - used);
    return used > 0;
}

static bool parse_with_units(struct slice text, const struct unit *units, int64_t *ret_value)
{
    int64_t number;
    struct slice rest;
    if (!split_number(text, &number, &rest)) {
        return false;
    }
    for (size_t i = 0; i < UNITS; i++) {
        if (slice_equals_text(rest, units[i].name)) {
            if (__builtin_mul_overflow(number, units[i].factor, ret_value)) {
                *ret_value = INT64_MAX;
            }
            return true;
        }
    }
    return false;
}

bool settings_parse_duration(struct slice text, int64_t *ret_ms)
{
    if (slice_equals_text(text, "0")) { /* the same in every unit */
        *ret_ms = 0;
        return true;
    }
    return parse_with_units(text, duration_units, ret_ms);
}

bool settings_parse_size(struct slice text, int64_t *ret_bytes)
{
    return parse_with_units(text, size_units, ret_bytes);
}

bool settings_parse_number(struct slice text, int64_t *ret_number)
{
    int64_t number;
    struct slice rest;
    if (!split_number(text, &number, &rest) || rest.length != 0) {
        return false;
    }
    *ret_number = number;
    return true;
}

bool settings_parse_bool(struct slice text, bool *ret_value)
{
    if (slice_equals_text(text, "true")) {
        *ret_value = true;
        return true;
    }
    if (slice_equals_text(text, "false")) {
        *ret_value = false;
        return true;
    }
    return false;
}

bool settings_parse_choice(struct slice text, const char *const *choices, int64_t *ret_index)
{
    for (int64_t i = 0; choices[i] != NULL; i++) {
        if (slice_equals_text(text, choices[i])) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static void format_with_units(int64_t value, const struct unit *units, char *ret_text)
{
    const struct unit *unit = &units[UNITS - 1];
    for (size_t i = 0; i < UNITS; i++) {
        if (value != 0 && value % units[i].factor == 0) {
            unit = &units[i];
            break;
        }
    }
    snprintf(ret_text, SETTING_VALUE_BYTES, "%" PRId64 "%s", value / unit->factor, unit->name);
}

void settings_format_duration(int64_t ms, char ret_text[SETTING_VALUE_BYTES])
{
    if (ms == 0) {
        snprintf(ret_text, SETTING_VALUE_BYTES, "0");
        return;
    }
    format_with_units(ms, duration_units, ret_text);
}

void settings_format_size(int64_t bytes, char ret_text[SETTING_VALUE_BYTES])
{
    format_with_units(bytes, size_units, ret_text);
}
