#include "worker/options.h"

#include <stdio.h>
#include <stdlib.h>

#include "worker/settings.h"
#include "worker/settings_parse.h"
#include "worker/suggest.h"

enum { NAMES_MOST = 64, PLACE_BYTES = 80 };

/* One walk over the arguments. */
struct options_walk {
    const struct option_rules *rules;
    const struct options_input *input;
    void *target;
    int next; /* argument */
    bool words_only; /* after "--" */
    const struct setting *joined; /* the newest option with glue that was given */
};

static struct option_words *words_of(const struct option_rules *rules, void *target)
{
    void *field = (char *)target + rules->words->field;
    return field;
}

const struct setting *options_find(const struct option_rules *rules, struct slice name)
{
    for (size_t i = 0; rules->tables != NULL && rules->tables[i] != NULL; i++) {
        for (const struct setting *row = rules->tables[i]->rows; row->name != NULL; row++) {
            if (slice_equals_text(name, row->name)) {
                return row;
            }
        }
    }
    return NULL;
}

static const struct setting *find_letter(const struct option_rules *rules, char letter)
{
    for (size_t i = 0; rules->tables != NULL && rules->tables[i] != NULL; i++) {
        for (const struct setting *row = rules->tables[i]->rows; row->name != NULL; row++) {
            if (row->letter == letter) {
                return row;
            }
        }
    }
    return NULL;
}

bool options_has_variable(const struct setting *setting)
{
    enum setting_id id;
    return setting_find(slice_of_text(setting->name), &id);
}

static struct status unknown_option(const struct option_rules *rules, struct slice name)
{
    const char *names[NAMES_MOST] = {"help"};
    size_t count = 1;
    for (size_t i = 0; rules->tables != NULL && rules->tables[i] != NULL; i++) {
        for (const struct setting *row = rules->tables[i]->rows; row->name != NULL && count < NAMES_MOST;
             row++) {
            names[count] = row->name;
            count++;
        }
    }
    char quoted[SETTING_QUOTE_BYTES];
    setting_quote(name, quoted);
    const char *near = suggest_nearest(name, names, count);
    if (near == NULL) {
        return status_make(STATUS_INVALID, "unknown option --%s; --help lists what there is", quoted);
    }
    return status_make(STATUS_INVALID, "unknown option --%s; did you mean --%s?", quoted, near);
}

/* The value of an option that was not given with "=": a switch needs none, the others take the next word. */
static struct status take_value(struct options_walk *walk, const struct setting *row, struct slice *ret_value)
{
    if (row->type == SETTING_TYPE_BOOL) {
        *ret_value = slice_of_text("true");
        return status_ok();
    }
    if (walk->next == walk->input->argument_count) {
        char allowed[SETTING_ALLOWED_BYTES];
        setting_describe_allowed(row, allowed);
        return status_make(STATUS_INVALID, "--%s needs a value: %s", row->name, allowed);
    }
    *ret_value = slice_of_text(walk->input->arguments[walk->next]);
    walk->next++;
    return status_ok();
}

/* A value behind those that the option was given before. */
static struct status put_joined(struct options_walk *walk, const struct setting *row, struct slice value,
                                const char *place)
{
    char *const *field = (void *)((char *)walk->target + row->field);
    struct bytes joined;
    bytes_init(&joined, (size_t)row->most + 1);
    struct status status = bytes_append_text(&joined, *field);
    if (status_is_ok(&status)) {
        status = bytes_append(&joined, &row->glue, sizeof row->glue);
    }
    if (status_is_ok(&status)) {
        status = bytes_append_slice(&joined, value);
    }
    if (status_is_ok(&status)) {
        status = setting_put(row, walk->target, bytes_slice(&joined), place);
    }
    bytes_free(&joined);
    return status;
}

/* An option is stronger than its variable; of two, the last wins, unless they go together. */
static struct status put(struct options_walk *walk, const struct setting *row, struct slice value)
{
    char place[PLACE_BYTES];
    snprintf(place, sizeof place, "--%s", row->name);
    if (row->glue != '\0' && walk->joined == row) {
        return put_joined(walk, row, value, place);
    }
    walk->joined = row->glue != '\0' ? row : walk->joined;
    return setting_put(row, walk->target, value, place);
}

static struct status take_long(struct options_walk *walk, const char *word)
{
    const char *equals = strchr(word, '=');
    struct slice name = slice_of(word, equals == NULL ? strlen(word) : (size_t)(equals - word));
    const struct setting *row = options_find(walk->rules, name);
    if (row == NULL) {
        return unknown_option(walk->rules, name);
    }
    struct slice value = slice_of_text(equals == NULL ? NULL : equals + 1);
    if (equals == NULL) {
        TRY(take_value(walk, row, &value));
    }
    return put(walk, row, value);
}

static struct status take_short(struct options_walk *walk, const char *word)
{
    const struct setting *row = find_letter(walk->rules, word[0]);
    if (row == NULL || (row->type == SETTING_TYPE_BOOL && word[1] != '\0')) {
        char quoted[SETTING_QUOTE_BYTES];
        setting_quote(slice_of_text(word), quoted);
        return status_make(STATUS_INVALID, "unknown option -%s; --help lists what there is", quoted);
    }
    struct slice value = slice_of_text(word[1] == '=' ? word + 2 : word + 1);
    if (word[1] == '\0') {
        TRY(take_value(walk, row, &value));
    }
    return put(walk, row, value);
}

static bool is_sound_word(const struct option_words_rule *rule, struct slice word)
{
    if (rule->choices != NULL) {
        int64_t ignored;
        return settings_parse_choice(word, rule->choices, &ignored);
    }
    for (size_t i = 0; i < word.length; i++) {
        if ((unsigned char)word.at[i] < 0x20 || word.at[i] == 0x7f) {
            return false;
        }
    }
    return word.length > 0 && word.length <= OPTION_WORD_MOST;
}

static struct status take_word(struct options_walk *walk, const char *word)
{
    const struct option_words_rule *rule = walk->rules->words;
    char quoted[SETTING_QUOTE_BYTES];
    setting_quote(slice_of_text(word), quoted);
    if (rule == NULL || rule->most == 0) {
        return status_make(STATUS_INVALID, "unexpected argument '%s'; options are given as --name value",
                           quoted);
    }
    struct option_words *words = words_of(walk->rules, walk->target);
    if (words->count == rule->most) {
        return status_make(STATUS_INVALID, "unexpected argument '%s'; %zu %s at most", quoted, rule->most,
                           rule->placeholder);
    }
    if (!is_sound_word(rule, slice_of_text(word))) {
        return status_make(STATUS_INVALID, "'%s' cannot be a %s: %s", quoted, rule->placeholder, rule->help);
    }
    if (words->at == NULL) {
        words->at = calloc((size_t)walk->input->argument_count, sizeof *words->at);
        if (words->at == NULL) {
            return status_no_memory(rule->placeholder,
                                    (size_t)walk->input->argument_count * sizeof *words->at);
        }
    }
    words->at[words->count] = word;
    words->count++;
    return status_ok();
}

static struct status take_arguments(struct options_walk *walk)
{
    while (walk->next < walk->input->argument_count) {
        const char *word = walk->input->arguments[walk->next];
        walk->next++;
        if (walk->words_only || word[0] != '-' || word[1] == '\0') {
            TRY(take_word(walk, word));
        } else if (strcmp(word, "--") == 0) {
            walk->words_only = true;
        } else if (word[1] == '-') {
            TRY(take_long(walk, word + 2));
        } else {
            TRY(take_short(walk, word + 1));
        }
    }
    const struct option_words_rule *rule = walk->rules->words;
    if (rule != NULL && words_of(walk->rules, walk->target)->count < rule->least) {
        return status_make(STATUS_INVALID, "%s is missing: %s", rule->placeholder, rule->help);
    }
    return status_ok();
}

/* The value in the environment, or NULL. */
static const char *find_variable(char *const *environment, const char *variable)
{
    size_t length = strlen(variable);
    for (size_t i = 0; environment != NULL && environment[i] != NULL; i++) {
        if (strncmp(environment[i], variable, length) == 0 && environment[i][length] == '=') {
            return environment[i] + length + 1;
        }
    }
    return NULL;
}

static struct status put_default(const struct options_walk *walk, const struct setting *row)
{
    if (row->fallback != NULL) {
        TRY(setting_put(row, walk->target, slice_of_text(row->fallback), row->name));
    }
    if (!options_has_variable(row)) {
        return status_ok();
    }
    char variable[SETTING_VARIABLE_BYTES];
    setting_variable(row, variable);
    const char *value = find_variable(walk->input->environment, variable);
    if (value == NULL || value[0] == '\0') {
        return status_ok();
    }
    return setting_put(row, walk->target, slice_of_text(value), variable);
}

static struct status take_all(struct options_walk *walk)
{
    for (size_t i = 0; walk->rules->tables != NULL && walk->rules->tables[i] != NULL; i++) {
        for (const struct setting *row = walk->rules->tables[i]->rows; row->name != NULL; row++) {
            TRY(put_default(walk, row));
        }
    }
    return take_arguments(walk);
}

struct status options_parse(const struct option_rules *rules, const struct options_input *input, void *target)
{
    struct options_walk walk = {.rules = rules, .input = input, .target = target};
    struct status status = take_all(&walk);
    if (!status_is_ok(&status)) {
        options_free(rules, target);
    }
    return status;
}

void options_free(const struct option_rules *rules, void *target)
{
    for (size_t i = 0; rules->tables != NULL && rules->tables[i] != NULL; i++) {
        for (const struct setting *row = rules->tables[i]->rows; row->name != NULL; row++) {
            setting_clear(row, target);
        }
    }
    if (rules->words != NULL) {
        struct option_words *words = words_of(rules, target);
        free(words->at);
        *words = (struct option_words){NULL, 0};
    }
}
