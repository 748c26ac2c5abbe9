/* One row of a table of settings or options, and values from text into the field that the row names.
 *
 * worker/settings_rows_*.c hold the settings of `penstock run`; every other command has tables of options of the same rows
 * (worker/options.h). Pure but for allocation. */
#ifndef PENSTOCK_WORKER_SETTING_H
#define PENSTOCK_WORKER_SETTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum setting_type {
    SETTING_TYPE_TEXT,
    SETTING_TYPE_DURATION, /* kept in milliseconds */
    SETTING_TYPE_SIZE, /* kept in bytes */
    SETTING_TYPE_NUMBER, /* with a sign when `least` is below 0 */
    SETTING_TYPE_BOOL,
    SETTING_TYPE_CHOICE, /* kept as the index into `choices` */
};

/* Constant. */
struct setting {
    const char *name;
    char letter; /* of options: -o for --output; 0: none */
    enum setting_type type;
    int group; /* of settings: enum setting_group */
    const char *placeholder; /* of the value, in help: "NAME" */
    const char *fallback; /* the default as a user would write it; NULL: unset */
    const char *fallback_words; /* how help describes a default that is worked out; NULL: `fallback` */
    int64_t least, most; /* bounds: of the value, or of a text's length in bytes */
    const char
        *characters; /* of a text: which are allowed besides letters and digits; NULL: any but controls, and
                      lines when they are glue */
    const char *prefix; /* of a text: how it has to begin; NULL: anyhow */
    char glue; /* of a text: what joins the values of a flag that is given several times, and the texts of an
                  array in the file; 0: the last flag counts, and no array is allowed */
    const char *const *choices; /* ends with NULL */
    const char *help; /* one sentence or two, plain text */
    size_t field; /* offset in the struct that is filled: char *, bool, or int64_t for all other types */
};

enum { SETTING_VARIABLE_BYTES = 48 };

/* "PENSTOCK_STOP_TIMEOUT" for "stop-timeout". */
void setting_variable(const struct setting *setting, char ret_variable[SETTING_VARIABLE_BYTES]);

enum { SETTING_ALLOWED_BYTES = 200 };

/* What a value of this setting may be, in words: "a duration from 2s to 10m, such as 500ms, 10s, 2m or 1h".
 */
void setting_describe_allowed(const struct setting *setting, char ret_words[SETTING_ALLOWED_BYTES]);

/* Parses `text` into the setting's field of `target`; a text that was there is freed. STATUS_INVALID names `place`
 * ("--failover", "PENSTOCK_FAILOVER", "'failover' in x.json"), the value and what is allowed. */
struct status setting_put(const struct setting *setting, void *target, struct slice text, const char *place)
    MUST_USE;

/* Frees the field when it is a text. */
void setting_clear(const struct setting *setting, void *target);

enum { SETTING_QUOTE_BYTES = 64 };

/* A copy of what a user gave that is safe to print: cut, control characters as '?'. */
void setting_quote(struct slice text, char ret_quoted[SETTING_QUOTE_BYTES]);

#endif
