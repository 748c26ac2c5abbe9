#include "worker/setting.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "worker/settings_parse.h"

enum { QUOTE_CEILING = SETTING_QUOTE_BYTES - 4 }; /* bytes of a user's value that a message repeats */

static void *field_of(void *target, const struct setting *setting)
{
    return (char *)target + setting->field;
}

void setting_variable(const struct setting *setting, char ret_variable[SETTING_VARIABLE_BYTES])
{
    int used = snprintf(ret_variable, SETTING_VARIABLE_BYTES, "PENSTOCK_%s", setting->name);
    for (int i = 0; i < used && i < SETTING_VARIABLE_BYTES - 1; i++) {
        char letter = ret_variable[i];
        if (letter == '-') {
            ret_variable[i] = '_';
        } else if (letter >= 'a' && letter <= 'z') {
            ret_variable[i] = (char)(letter - 'a' + 'A');
        }
    }
}

static void join_choices(const char *const *choices, char *ret_words, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; choices[i] != NULL && used < size; i++) {
        const char *glue = i == 0 ? "" : choices[i + 1] == NULL ? " or " : ", ";
        used += (size_t)snprintf(ret_words + used, size - used, "%s%s", glue, choices[i]);
    }
}

static void describe_text(const struct setting *setting, char ret_words[SETTING_ALLOWED_BYTES])
{
    size_t used = (size_t)snprintf(ret_words, SETTING_ALLOWED_BYTES,
                                   "%" PRId64 " to %" PRId64 " bytes of text", setting->least, setting->most);
    if (setting->characters != NULL) {
        used += (size_t)snprintf(ret_words + used, SETTING_ALLOWED_BYTES - used, ": letters, digits and %s",
                                 setting->characters);
    }
    if (setting->prefix != NULL) {
        used += (size_t)snprintf(ret_words + used, SETTING_ALLOWED_BYTES - used, " that begins with %s",
                                 setting->prefix);
    }
    if (setting->glue != '\0') {
        snprintf(ret_words + used, SETTING_ALLOWED_BYTES - used, ", once or several times");
    }
}

void setting_describe_allowed(const struct setting *setting, char ret_words[SETTING_ALLOWED_BYTES])
{
    char least[SETTING_VALUE_BYTES];
    char most[SETTING_VALUE_BYTES];
    switch (setting->type) {
    case SETTING_TYPE_DURATION:
        settings_format_duration(setting->least, least);
        settings_format_duration(setting->most, most);
        snprintf(ret_words, SETTING_ALLOWED_BYTES,
                 "a time from %s to %s with the unit ms, s, m or h, such as 500ms or 10s", least, most);
        return;
    case SETTING_TYPE_SIZE:
        settings_format_size(setting->least, least);
        settings_format_size(setting->most, most);
        snprintf(ret_words, SETTING_ALLOWED_BYTES,
                 "a size from %s to %s, in bytes or with the unit KiB, MiB or GiB", least, most);
        return;
    case SETTING_TYPE_NUMBER:
        snprintf(ret_words, SETTING_ALLOWED_BYTES, "a whole number from %" PRId64 " to %" PRId64,
                 setting->least, setting->most);
        return;
    case SETTING_TYPE_BOOL:
        snprintf(ret_words, SETTING_ALLOWED_BYTES, "true or false");
        return;
    case SETTING_TYPE_CHOICE:
        join_choices(setting->choices, ret_words, SETTING_ALLOWED_BYTES);
        return;
    case SETTING_TYPE_TEXT:
        describe_text(setting, ret_words);
        return;
    }
}

void setting_quote(struct slice text, char ret_quoted[SETTING_QUOTE_BYTES])
{
    size_t length = text.length <= QUOTE_CEILING ? text.length : QUOTE_CEILING;
    for (size_t i = 0; i < length; i++) {
        unsigned char letter = (unsigned char)text.at[i];
        ret_quoted[i] = letter < 0x20 || letter == 0x7f ? '?' : (char)letter;
    }
    snprintf(ret_quoted + length, 4, "%s", text.length > QUOTE_CEILING ? "..." : "");
}

static struct status refuse(const struct setting *setting, struct slice text, const char *place)
{
    char quoted[SETTING_QUOTE_BYTES];
    setting_quote(text, quoted);
    char allowed[SETTING_ALLOWED_BYTES];
    setting_describe_allowed(setting, allowed);
    return status_make(STATUS_INVALID, "%s: '%s' is not allowed; give %s", place, quoted, allowed);
}

static bool is_allowed_letter(const struct setting *setting, unsigned char letter)
{
    if (setting->characters == NULL) {
        bool between_lines = setting->glue == '\n' && (letter == '\n' || letter == '\r' || letter == '\t');
        return between_lines || (letter >= 0x20 && letter != 0x7f);
    }
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') ||
           (letter != '\0' && strchr(setting->characters, letter) != NULL);
}

static bool is_allowed_text(const struct setting *setting, struct slice text)
{
    if ((int64_t)text.length < setting->least || (int64_t)text.length > setting->most) {
        return false;
    }
    if (setting->prefix != NULL && !slice_starts_with(text, setting->prefix)) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (!is_allowed_letter(setting, (unsigned char)text.at[i])) {
            return false;
        }
    }
    return true;
}

static struct status set_text(void *target, const struct setting *setting, struct slice text)
{
    char *copy = slice_duplicate(text);
    if (copy == NULL) {
        return status_no_memory(setting->name, text.length);
    }
    char **field = field_of(target, setting);
    free(*field);
    *field = copy;
    return status_ok();
}

static bool parse_signed(const struct setting *setting, struct slice text, int64_t *ret_value)
{
    if (setting->least >= 0 || !slice_starts_with(text, "-")) {
        return settings_parse_number(text, ret_value);
    }
    int64_t value;
    if (!settings_parse_number(slice_of(text.at + 1, text.length - 1), &value)) {
        return false;
    }
    *ret_value = -value;
    return true;
}

static bool parse_number(const struct setting *setting, struct slice text, int64_t *ret_value)
{
    switch (setting->type) {
    case SETTING_TYPE_DURATION:
        return settings_parse_duration(text, ret_value);
    case SETTING_TYPE_SIZE:
        return settings_parse_size(text, ret_value);
    case SETTING_TYPE_CHOICE:
        return settings_parse_choice(text, setting->choices, ret_value);
    default:
        return parse_signed(setting, text, ret_value);
    }
}

static bool set_value(void *target, const struct setting *setting, struct slice text)
{
    if (setting->type == SETTING_TYPE_BOOL) {
        return settings_parse_bool(text, field_of(target, setting));
    }
    int64_t value;
    if (!parse_number(setting, text, &value)) {
        return false;
    }
    bool bounded = setting->type != SETTING_TYPE_CHOICE;
    if (bounded && (value < setting->least || value > setting->most)) {
        return false;
    }
    *(int64_t *)field_of(target, setting) = value;
    return true;
}

struct status setting_put(const struct setting *setting, void *target, struct slice text, const char *place)
{
    if (setting->type == SETTING_TYPE_TEXT) {
        return is_allowed_text(setting, text) ? set_text(target, setting, text)
                                              : refuse(setting, text, place);
    }
    return set_value(target, setting, text) ? status_ok() : refuse(setting, text, place);
}

void setting_clear(const struct setting *setting, void *target)
{
    if (setting->type == SETTING_TYPE_TEXT) {
        char **field = field_of(target, setting);
        free(*field);
        *field = NULL;
    }
}
