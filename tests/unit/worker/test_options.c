/* Options and words of a command: every way to write them, variables, and errors that name the remedy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "worker/commands.h"
#include "worker/settings.h"

struct request {
    char *app;
    int64_t output;
    int64_t shift;
    int64_t age_ms;
    bool all;
    struct option_words shards;
};

static const char *const outputs[] = {"table", "json", NULL};

static const struct setting rows[] = {
    {.name = "app",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "NAME",
     .least = 3,
     .most = 20,
     .field = offsetof(struct request, app)},
    {.name = "output",
     .letter = 'o',
     .type = SETTING_TYPE_CHOICE,
     .placeholder = "FORMAT",
     .fallback = "table",
     .choices = outputs,
     .field = offsetof(struct request, output)},
    {.name = "shift-by",
     .type = SETTING_TYPE_NUMBER,
     .placeholder = "N",
     .least = -100,
     .most = 100,
     .field = offsetof(struct request, shift)},
    {.name = "age",
     .type = SETTING_TYPE_DURATION,
     .placeholder = "TIME",
     .fallback = "2s",
     .most = 60000,
     .field = offsetof(struct request, age_ms)},
    {.name = "all", .letter = 'A', .type = SETTING_TYPE_BOOL, .field = offsetof(struct request, all)},
    {.name = NULL},
};

static const struct option_table table = {"Options", rows};
static const struct option_table *const tables[] = {&table, NULL};
static const struct option_words_rule words = {
    .placeholder = "SHARD", .most = 3, .help = "a shard", .field = offsetof(struct request, shards)};
static const struct option_rules rules = {tables, &words};

enum { WORDS = 8 };

/* The words of constant cases as argv wants them. */
static char *word_of(const char *text)
{
    union {
        const char *in;
        char *out;
    } word = {.in = text};
    return word.out;
}

static struct status parse(const struct option_rules *which, const char *const *arguments,
                           const char *variable, struct request *request)
{
    char *given[WORDS];
    int count = 0;
    for (; arguments[count] != NULL; count++) {
        given[count] = word_of(arguments[count]);
    }
    char *environment[] = {word_of("HOME=/"), word_of(variable), NULL};
    *request = (struct request){.app = NULL};
    const struct options_input input = {count, given, environment};
    return options_parse(which, &input, request);
}

struct good_case {
    const char *arguments[WORDS];
    const char *variable;
    const char *app;
    int64_t output, shift, age_ms;
    bool all;
    size_t shards;
};

static void test_values_come_through(void **state)
{
    (void)state;
    static const struct good_case cases[] = {
        {{NULL}, NULL, NULL, 0, 0, 2000, false, 0},
        {{"--app", "orders", "--all"}, NULL, "orders", 0, 0, 2000, true, 0},
        {{"--app=orders", "--all=false"}, NULL, "orders", 0, 0, 2000, false, 0},
        {{"-o", "json"}, NULL, NULL, 1, 0, 2000, false, 0},
        {{"-ojson"}, NULL, NULL, 1, 0, 2000, false, 0},
        {{"-o=json"}, NULL, NULL, 1, 0, 2000, false, 0},
        {{"--output=json", "-A"}, NULL, NULL, 1, 0, 2000, true, 0},
        {{"--shift-by", "-10"}, NULL, NULL, 0, -10, 2000, false, 0},
        {{"--shift-by=100"}, NULL, NULL, 0, 100, 2000, false, 0},
        {{"a", "--age", "1m", "b"}, NULL, NULL, 0, 0, 60000, false, 2},
        {{"--", "--all", "-o"}, NULL, NULL, 0, 0, 2000, false, 2},
        {{"-"}, NULL, NULL, 0, 0, 2000, false, 1},
        {{NULL}, "PENSTOCK_APP=lake", "lake", 0, 0, 2000, false, 0},
        {{"--app", "orders"}, "PENSTOCK_APP=lake", "orders", 0, 0, 2000, false, 0},
        {{NULL}, "PENSTOCK_APP=", NULL, 0, 0, 2000, false, 0},
        {{NULL}, "PENSTOCK_AGE=1s", NULL, 0, 0, 2000, false, 0}, /* no setting of run */
        {{"--app", "one", "--app", "two"}, NULL, "two", 0, 0, 2000, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct good_case *what = &cases[i];
        struct request request;
        struct status status = parse(&rules, what->arguments, what->variable, &request);
        if (!status_is_ok(&status)) {
            fail_msg("case %zu: %s", i, status.reason);
        }
        if (what->app == NULL) {
            assert_null(request.app);
        } else {
            assert_string_equal(request.app, what->app);
        }
        assert_int_equal(request.output, what->output);
        assert_int_equal(request.shift, what->shift);
        assert_int_equal(request.age_ms, what->age_ms);
        assert_int_equal(request.all, what->all);
        assert_int_equal(request.shards.count, what->shards);
        options_free(&rules, &request);
        assert_null(request.app);
    }
}

struct bad_case {
    const char *arguments[WORDS];
    const char *variable;
    const char *reason;
};

static void test_errors_name_the_remedy(void **state)
{
    (void)state;
    static const struct bad_case cases[] = {
        {{"--ouput", "json"}, NULL, "unknown option --ouput; did you mean --output?"},
        {{"--zzzzzz"}, NULL, "unknown option --zzzzzz; --help lists what there is"},
        {{"--ou\x1b[1mput"}, NULL, "unknown option --ou?[1mput"},
        {{"-x"}, NULL, "unknown option -x"},
        {{"-Aw"}, NULL, "unknown option -Aw"},
        {{"--app"}, NULL, "--app needs a value: 3 to 20 bytes of text"},
        {{"--app", "orders", "--app="}, NULL, "--app: '' is not allowed"},
        {{"-o", "yaml"}, NULL, "--output: 'yaml' is not allowed; give table or json"},
        {{"--shift-by", "-101"}, NULL, "whole number from -100 to 100"},
        {{"--shift-by", "--5"}, NULL, "'--5' is not allowed"},
        {{"--shift-by", "-"}, NULL, "'-' is not allowed"},
        {{"--age", "-1s"}, NULL, "'-1s' is not allowed"},
        {{"--all=yes"}, NULL, "'yes' is not allowed; give true or false"},
        {{"a", "b", "c", "d"}, NULL, "unexpected argument 'd'; 3 SHARD at most"},
        {{"a\nb"}, NULL, "'a?b' cannot be a SHARD: a shard"},
        {{""}, NULL, "'' cannot be a SHARD"},
        {{NULL}, "PENSTOCK_APP=x", "PENSTOCK_APP: 'x' is not allowed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct request request;
        struct status status = parse(&rules, cases[i].arguments, cases[i].variable, &request);
        assert_int_equal(status.code, STATUS_INVALID);
        if (strstr(status.reason, cases[i].reason) == NULL) {
            fail_msg("case %zu: '%s' lacks '%s'", i, status.reason, cases[i].reason);
        }
        assert_null(request.app);
        assert_null(request.shards.at);
    }
}

static void test_a_missing_word_is_named(void **state)
{
    (void)state;
    static const char *const shells[] = {"bash", "zsh", NULL};
    static const struct option_words_rule shell = {.placeholder = "SHELL",
                                                   .least = 1,
                                                   .most = 1,
                                                   .choices = shells,
                                                   .help = "bash or zsh",
                                                   .field = offsetof(struct request, shards)};
    static const struct option_rules shell_rules = {NULL, &shell};
    struct request request;
    const char *const none[] = {NULL};
    struct status status = parse(&shell_rules, none, NULL, &request);
    assert_string_equal(status.reason, "SHELL is missing: bash or zsh");
    const char *const wrong[] = {"fish", NULL};
    status = parse(&shell_rules, wrong, NULL, &request);
    assert_string_equal(status.reason, "'fish' cannot be a SHELL: bash or zsh");
    const char *const right[] = {"zsh", NULL};
    status = parse(&shell_rules, right, NULL, &request);
    assert_true(status_is_ok(&status));
    assert_string_equal(request.shards.at[0], "zsh");
    options_free(&shell_rules, &request);
}

/* The rows of a command: a name, words for a reader, and no two alike. */
static void check_command(void *context, const struct command_path *path)
{
    const struct command *command = path->at[path->depth - 1];
    (*(size_t *)context)++;
    assert_non_null(command->summary);
    assert_true((command->commands != NULL) + (command->run != NULL) + (command->run_leases != NULL) == 1);
    for (size_t i = 0; command->options.tables != NULL && command->options.tables[i] != NULL; i++) {
        assert_non_null(command->options.tables[i]->title);
        for (const struct setting *row = command->options.tables[i]->rows; row->name != NULL; row++) {
            assert_non_null(row->help);
            assert_true(row->type == SETTING_TYPE_BOOL || row->placeholder != NULL);
            assert_true(row->type != SETTING_TYPE_CHOICE || row->choices != NULL);
            assert_ptr_equal(options_find(&command->options, slice_of_text(row->name)), row);
            assert_true(row->field < command->request_bytes);
            enum setting_id id;
            if (setting_find(slice_of_text(row->name), &id)) {
                const struct setting *same = setting_of(id); /* a variable has one meaning */
                assert_int_equal(row->type, same->type);
                assert_int_equal(row->least, same->least);
                assert_int_equal(row->most, same->most);
            }
        }
    }
}

static void test_the_tables_of_all_commands_are_sound(void **state)
{
    (void)state;
    size_t count = 0;
    commands_each(check_command, &count);
    assert_true(count >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_through),
        cmocka_unit_test(test_errors_name_the_remedy),
        cmocka_unit_test(test_a_missing_word_is_named),
        cmocka_unit_test(test_the_tables_of_all_commands_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
