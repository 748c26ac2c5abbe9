#include "worker/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "worker/settings_parse.h"

enum { QUOTE_CEILING = 60 }; /* bytes of a user's value that a message repeats */

static void *field_of(struct settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->field;
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
        snprintf(ret_words + used, SETTING_ALLOWED_BYTES - used, " that begins with %s", setting->prefix);
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

/* A copy of the value that is safe to print: cut, control characters as '?'. */
static void quote_value(struct slice text, char ret_quoted[QUOTE_CEILING + 4])
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
    char quoted[QUOTE_CEILING + 4];
    quote_value(text, quoted);
    char allowed[SETTING_ALLOWED_BYTES];
    setting_describe_allowed(setting, allowed);
    return status_make(STATUS_INVALID, "%s: '%s' is not allowed; give %s", place, quoted, allowed);
}

static bool is_allowed_letter(const struct setting *setting, unsigned char letter)
{
    if (setting->characters == NULL) {
        return letter >= 0x20 && letter != 0x7f;
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

static struct status set_text(struct settings *settings, const struct setting *setting, struct slice text)
{
    char *copy = strndup(text.at, text.length);
    if (copy == NULL) {
        return status_no_memory(setting->name, text.length);
    }
    char **field = field_of(settings, setting);
    free(*field);
    *field = copy;
    return status_ok();
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
        return settings_parse_number(text, ret_value);
    }
}

static bool set_value(struct settings *settings, const struct setting *setting, struct slice text)
{
    if (setting->type == SETTING_TYPE_BOOL) {
        return settings_parse_bool(text, field_of(settings, setting));
    }
    int64_t value;
    if (!parse_number(setting, text, &value)) {
        return false;
    }
    bool bounded = setting->type != SETTING_TYPE_CHOICE;
    if (bounded && (value < setting->least || value > setting->most)) {
        return false;
    }
    *(int64_t *)field_of(settings, setting) = value;
    return true;
}

struct status settings_set(struct settings *settings, enum setting_id id, struct slice text,
                           enum setting_source source, const char *place)
{
    const struct setting *setting = setting_of(id);
    if (setting->type == SETTING_TYPE_TEXT) {
        if (!is_allowed_text(setting, text)) {
            return refuse(setting, text, place);
        }
        TRY(set_text(settings, setting, text));
    } else if (!set_value(settings, setting, text)) {
        return refuse(setting, text, place);
    }
    settings->sources[id] = source;
    return status_ok();
}

void settings_free(struct settings *settings)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = setting_of((enum setting_id)id);
        if (setting->type == SETTING_TYPE_TEXT) {
            char **field = field_of(settings, setting);
            free(*field);
            *field = NULL;
        }
    }
}
