#include "worker/settings.h"

#include <stdio.h>
#include <stdlib.h>

#include "shard/projection.h"
#include "worker/admin/admin_address.h"
#include "worker/filter/filter_load.h"

enum { PLACE_BYTES = 80, UNKNOWN_NAME_BYTES = 64, JOINED_CEILING = 1024 * 1024 };

/* The value of each setting as one place gives it; borrowed, `at` is NULL where it says nothing. */
struct settings_given {
    struct slice text[SETTING_COUNT];
    struct bytes joined[SETTING_COUNT]; /* owned: what `text` borrows of flags given several times */
};

static void free_given(struct settings_given *given)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        bytes_free(&given->joined[id]);
    }
}

static struct status give(struct settings_given *given, enum setting_id id, struct slice value)
{
    char glue = setting_of(id)->glue;
    struct slice *text = &given->text[id];
    struct bytes *joined = &given->joined[id];
    if (glue == '\0' || text->at == NULL) {
        *text = value;
        return status_ok();
    }
    if (joined->length == 0) {
        bytes_init(joined, JOINED_CEILING);
        TRY(bytes_append_slice(joined, *text));
    }
    TRY(bytes_append(joined, &glue, sizeof glue));
    TRY(bytes_append_slice(joined, value));
    *text = bytes_slice(joined);
    return status_ok();
}

static void append_suggestion(struct slice name, const char *prefix, char *ret_words, size_t size)
{
    const char *near = setting_suggest(name);
    ret_words[0] = '\0';
    if (near != NULL) {
        snprintf(ret_words, size, "; did you mean %s%s?", prefix, near);
    }
}

static struct status unknown_flag(struct slice name)
{
    char hint[UNKNOWN_NAME_BYTES];
    append_suggestion(name, "--", hint, sizeof hint);
    int shown = (int)(name.length < UNKNOWN_NAME_BYTES ? name.length : UNKNOWN_NAME_BYTES);
    return status_make(STATUS_INVALID, "unknown setting --%.*s%s", shown, name.at, hint);
}

/* One flag at `*index`; moves the index past its value when that is a word of its own. */
static struct status take_flag(const struct settings_input *input, int *index, struct settings_given *given)
{
    const char *word = input->arguments[*index];
    if (strncmp(word, "--", 2) != 0 || word[2] == '\0') {
        return status_make(STATUS_INVALID, "unexpected argument '%.*s'; settings are given as --name value",
                           60, word);
    }
    const char *equals = strchr(word, '=');
    struct slice name = slice_of(word + 2, equals == NULL ? strlen(word + 2) : (size_t)(equals - word - 2));
    enum setting_id id;
    if (!setting_find(name, &id)) {
        return unknown_flag(name);
    }
    if (equals != NULL) {
        return give(given, id, slice_of_text(equals + 1));
    }
    if (setting_of(id)->type == SETTING_TYPE_BOOL) {
        return give(given, id, slice_of_text("true"));
    }
    if (*index + 1 < input->argument_count) {
        *index += 1;
        return give(given, id, slice_of_text(input->arguments[*index]));
    }
    char allowed[SETTING_ALLOWED_BYTES];
    setting_describe_allowed(setting_of(id), allowed);
    return status_make(STATUS_INVALID, "--%s needs a value: %s", setting_of(id)->name, allowed);
}

static bool asks_for_help(const struct settings_input *input)
{
    for (int i = 0; i < input->argument_count; i++) {
        if (strcmp(input->arguments[i], "--help") == 0 || strcmp(input->arguments[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static struct status collect_flags(const struct settings_input *input, struct settings_given *given)
{
    for (int i = 0; i < input->argument_count; i++) {
        TRY(take_flag(input, &i, given));
    }
    return status_ok();
}

/* Kubernetes puts these into every container beside a service called "penstock". */
static bool is_service_variable(struct slice name)
{
    return slice_starts_with(name, "PENSTOCK_SERVICE_") || slice_equals_text(name, "PENSTOCK_PORT") ||
           slice_starts_with(name, "PENSTOCK_PORT_");
}

static bool find_variable(struct slice name, enum setting_id *ret_id)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        char variable[SETTING_VARIABLE_BYTES];
        setting_variable(setting_of((enum setting_id)id), variable);
        if (slice_equals_text(name, variable)) {
            *ret_id = (enum setting_id)id;
            return true;
        }
    }
    return false;
}

static struct status unknown_variable(struct slice name)
{
    size_t prefix = strlen("PENSTOCK_");
    char as_setting[UNKNOWN_NAME_BYTES];
    size_t length = name.length - prefix < sizeof as_setting ? name.length - prefix : sizeof as_setting;
    for (size_t i = 0; i < length; i++) {
        char letter = name.at[prefix + i];
        as_setting[i] = letter == '_' ? '-' : letter;
    }
    const char *near = setting_suggest(slice_of(as_setting, length));
    int shown = (int)(name.length < UNKNOWN_NAME_BYTES ? name.length : UNKNOWN_NAME_BYTES);
    if (near == NULL) {
        return status_make(STATUS_INVALID, "unknown variable %.*s: no setting has this name", shown, name.at);
    }
    enum setting_id id = SETTING_TABLE;
    char variable[SETTING_VARIABLE_BYTES] = "";
    if (setting_find(slice_of_text(near), &id)) {
        setting_variable(setting_of(id), variable);
    }
    return status_make(STATUS_INVALID, "unknown variable %.*s; did you mean %s?", shown, name.at, variable);
}

static struct status collect_variables(char *const *environment, struct settings_given *given)
{
    for (size_t i = 0; environment[i] != NULL; i++) {
        const char *equals = strchr(environment[i], '=');
        if (equals == NULL || strncmp(environment[i], "PENSTOCK_", strlen("PENSTOCK_")) != 0) {
            continue;
        }
        struct slice name = slice_of(environment[i], (size_t)(equals - environment[i]));
        enum setting_id id;
        if (find_variable(name, &id)) {
            if (equals[1] != '\0') {
                given->text[id] = slice_of_text(equals + 1);
            }
        } else if (!is_service_variable(name)) {
            return unknown_variable(name);
        }
    }
    return status_ok();
}

static struct status apply_defaults(struct settings *settings)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = setting_of((enum setting_id)id);
        if (setting->fallback != NULL) {
            TRY(settings_set(settings, (enum setting_id)id, slice_of_text(setting->fallback),
                             SETTING_FROM_DEFAULT, setting->name));
        }
    }
    return status_ok();
}

static struct status apply_given(struct settings *settings, const struct settings_given *given,
                                 enum setting_source source)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        if (given->text[id].at == NULL) {
            continue;
        }
        const struct setting *setting = setting_of((enum setting_id)id);
        char place[PLACE_BYTES];
        if (source == SETTING_FROM_FLAG) {
            snprintf(place, sizeof place, "--%s", setting->name);
        } else {
            setting_variable(setting, place);
        }
        TRY(settings_set(settings, (enum setting_id)id, given->text[id], source, place));
    }
    return status_ok();
}

/* From the weakest place to the strongest; a bad value is an error even where a stronger one would hide it.
 */
static struct status apply_all(struct settings *settings, const struct settings_given *flags,
                               const struct settings_given *variables)
{
    TRY(apply_defaults(settings));
    struct slice config = flags->text[SETTING_CONFIG];
    if (config.at == NULL) {
        config = variables->text[SETTING_CONFIG];
    }
    if (config.at != NULL) {
        TRY(settings_read_file(config.at, settings));
    }
    TRY(apply_given(settings, variables, SETTING_FROM_VARIABLE));
    TRY(apply_given(settings, flags, SETTING_FROM_FLAG));
    return settings_check(settings);
}

struct status settings_load(const struct settings_input *input, struct settings *settings, bool *ret_help)
{
    *settings = (struct settings){.table = NULL};
    *ret_help = asks_for_help(input);
    if (*ret_help) {
        return status_ok();
    }
    struct settings_given flags = {0};
    struct settings_given variables = {0};
    struct status status;
    TRY_GOTO(status, done, collect_flags(input, &flags));
    TRY_GOTO(status, done, collect_variables(input->environment, &variables));
    status = apply_all(settings, &flags, &variables);
done:
    if (!status_is_ok(&status)) {
        settings_free(settings);
    }
    free_given(&flags);
    return status;
}

/* The settings that name a destination. */
static const enum setting_id destinations[] = {SETTING_FIREHOSE, SETTING_KINESIS, SETTING_FILE,
                                               SETTING_STDOUT};

static bool is_chosen(const struct settings *settings, enum setting_id id)
{
    switch (id) {
    case SETTING_FIREHOSE:
        return settings->firehose != NULL;
    case SETTING_KINESIS:
        return settings->kinesis != NULL;
    case SETTING_FILE:
        return settings->file != NULL;
    default:
        return settings->to_stdout;
    }
}

enum setting_id settings_destination(const struct settings *settings)
{
    size_t i = 0;
    while (i + 1 < sizeof destinations / sizeof destinations[0] && !is_chosen(settings, destinations[i])) {
        i++;
    }
    return destinations[i];
}

static struct status check_destination(const struct settings *settings)
{
    enum setting_id found = settings_destination(settings);
    if (!is_chosen(settings, found)) {
        return status_make(STATUS_INVALID,
                           "nowhere to write: give --firehose NAME, --kinesis NAME, --file DIR or --stdout");
    }
    for (size_t i = 0; i < sizeof destinations / sizeof destinations[0]; i++) {
        if (destinations[i] != found && is_chosen(settings, destinations[i])) {
            return status_make(STATUS_INVALID, "both --%s and --%s are set; give one of them",
                               setting_of(found)->name, setting_of(destinations[i])->name);
        }
    }
    if (found != SETTING_FIREHOSE && (settings->spill != NULL || settings->large_records != NULL)) {
        return status_make(STATUS_INVALID, "--%s goes with --firehose, not with --%s",
                           settings->spill != NULL ? "spill" : "large-records", setting_of(found)->name);
    }
    if (found != SETTING_FIREHOSE && settings->firehose_bytes_per_second > 0) {
        return status_make(STATUS_INVALID, "--firehose-bytes-per-second goes with --firehose, not with --%s",
                           setting_of(found)->name);
    }
    if (found == SETTING_STDOUT && settings->emf == SETTING_EMF_STDOUT) {
        return status_make(STATUS_INVALID,
                           "--stdout and --emf stdout would mix lines and metrics; leave one of them out");
    }
    return status_ok();
}

struct status settings_check(const struct settings *settings)
{
    if (settings->table == NULL && settings->stream_arn == NULL) {
        return status_make(STATUS_INVALID, "nothing to read: give --table NAME or --stream-arn ARN");
    }
    if (settings->table != NULL && settings->stream_arn != NULL) {
        return status_make(STATUS_INVALID, "both --table and --stream-arn are set; give one of them");
    }
    TRY(check_destination(settings));
    TRY(settings_check_places(settings));
    struct projection *projection = NULL;
    TRY(projection_create(settings->include_attributes, settings->exclude_attributes, &projection));
    projection_destroy(projection);
    struct filter *filter = NULL;
    TRY(filter_load_settings(settings, &filter));
    filter_destroy(filter);
    struct admin_address admin;
    return status_prefix(admin_address_parse(slice_of_text(settings->admin), &admin), "--admin");
}
