#include "worker/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "worker/completion.h"
#include "worker/cost/cost_command.h"
#include "worker/exit_code.h"
#include "worker/filter/filter_command.h"
#include "worker/healthcheck.h"
#include "worker/help.h"
#include "worker/help_command.h"
#include "worker/leases/leases_commands.h"
#include "worker/letters/letters_commands.h"
#include "worker/run.h"
#include "worker/settings.h"
#include "worker/suggest.h"
#include "worker/version.h"

enum { NAMES_MOST = 32 };

int commands_usage_error(const char *format, ...)
{
    fputs("penstock: error: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return EXIT_CODE_USAGE;
}

int commands_finish_output(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("penstock: error: cannot write to standard output\n", stderr);
        return EXIT_CODE_FAILURE;
    }
    return EXIT_CODE_OK;
}

/* `run` reads a file too, so it has a loader of its own. */
static int command_run(const struct command_line *line)
{
    const struct settings_input input = {line->argument_count, line->arguments, line->environment};
    struct settings settings;
    bool help = false;
    struct status status = settings_load(&input, &settings, &help);
    if (!status_is_ok(&status)) {
        return commands_usage_error("%s", status.reason);
    }
    int code = run_worker(&settings);
    settings_free(&settings);
    return code;
}

static const struct command_example run_examples[] = {
    {"penstock run --table orders --firehose orders", "into a Firehose delivery stream"},
    {"penstock run --table orders --file /var/spool/orders --start latest", "into files, from now on"},
    {NULL, NULL},
};
static const struct command command_table[] = {
    {.name = "run",
     .synopsis = "[settings]",
     .summary = "Carry the changes until stopped by SIGTERM or SIGINT.",
     .description = "Joins the workers of an application, takes a fair share of the stream's shards and "
                    "carries their "
                    "changes, at least once each, until SIGTERM or SIGINT. Region, credentials and "
                    "endpoints are found as "
                    "the AWS CLI finds them.",
     .rights = "On the table: dynamodb:DescribeTable (not with --stream-arn). On its stream: "
               "dynamodb:DescribeStream, GetShardIterator, GetRecords. On the lease table: "
               "dynamodb:DescribeTable, CreateTable (when it is to be made), Scan, GetItem, PutItem, "
               "UpdateItem, "
               "DeleteItem. On the delivery stream: firehose:PutRecordBatch.",
     .examples = run_examples,
     .run = command_run},
    {.name = "filter",
     .synopsis = "[--dry-run] --filter PATTERN [FILE...]",
     .summary = "Try filter patterns on records from files or from the live stream.",
     .description = FILTER_DESCRIPTION,
     .rights = "Without files, of the table: dynamodb:DescribeTable (not with --stream-arn). Of its stream: "
               "dynamodb:DescribeStream, GetShardIterator, GetRecords.",
     .options = {.tables = filter_options, .words = &filter_words},
     .examples = filter_examples,
     .run = filter_run,
     .request_bytes = sizeof(struct filter_request)},
    {.name = "leases",
     .synopsis = "COMMAND",
     .summary = "Look at and change the leases of an application.",
     .description = LEASES_DESCRIPTION,
     .commands = leases_commands},
    {.name = "dead-letter",
     .synopsis = "COMMAND",
     .summary = "Look at dead letters, and send them again.",
     .description = LETTERS_DESCRIPTION,
     .commands = letters_commands},
    {.name = "cost",
     .synopsis = "[options]",
     .summary = "Work out what carrying a table costs a month.",
     .description = COST_DESCRIPTION,
     .options = {.tables = cost_options},
     .examples = cost_examples,
     .run = cost_run,
     .request_bytes = sizeof(struct cost_request)},
    {.name = "healthcheck",
     .synopsis = "[--admin ADDR:PORT] [--ready]",
     .summary = "Tell by the exit code whether the worker on this machine is well.",
     .description = HEALTHCHECK_DESCRIPTION,
     .options = {.tables = healthcheck_options},
     .run = healthcheck_run,
     .request_bytes = sizeof(struct healthcheck_request)},
    {.name = "completion",
     .synopsis = "SHELL",
     .summary = "Print the completion script of a shell: bash, zsh or fish.",
     .description = COMPLETION_DESCRIPTION,
     .options = {.words = &completion_words},
     .examples = completion_examples,
     .run = completion_run,
     .request_bytes = sizeof(struct completion_request)},
    {.name = "version",
     .synopsis = "[--json]",
     .summary = "Print the version; as JSON with those of the libraries.",
     .options = {.tables = version_options},
     .run = version_run,
     .request_bytes = sizeof(struct version_request)},
    {.name = "help",
     .synopsis = "[COMMAND...]",
     .summary = "Print this, or all that a command takes.",
     .description = HELP_COMMAND_DESCRIPTION,
     .options = {.tables = help_command_options, .words = &help_command_words},
     .run = help_command_run,
     .request_bytes = sizeof(struct help_request)},
    {.name = NULL},
};

const struct command *commands(void)
{
    return command_table;
}

static const struct command *find_in(const struct command *table, const char *name)
{
    for (const struct command *command = table; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}

const struct command *commands_find(const char *const *names, size_t count, struct command_path *ret_path,
                                    size_t *ret_known)
{
    *ret_path = (struct command_path){.depth = 0};
    *ret_known = 0;
    const struct command *command = NULL;
    const struct command *table = commands();
    for (size_t i = 0; i < count; i++) {
        command = table == NULL || i == COMMAND_DEPTH ? NULL : find_in(table, names[i]);
        if (command == NULL) {
            return NULL;
        }
        ret_path->at[ret_path->depth] = command;
        ret_path->depth++;
        *ret_known = i + 1;
        table = command->commands;
    }
    return command;
}

void commands_format_path(const struct command_path *path, char glue, char ret_text[COMMAND_PATH_BYTES])
{
    size_t used = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < path->depth && used < COMMAND_PATH_BYTES; i++) {
        const char between[2] = {i == 0 ? '\0' : glue, '\0'};
        used +=
            (size_t)snprintf(ret_text + used, COMMAND_PATH_BYTES - used, "%s%s", between, path->at[i]->name);
    }
}

void commands_each(void (*visit)(void *context, const struct command_path *path), void *context)
{
    for (const struct command *command = commands(); command->name != NULL; command++) {
        struct command_path path = {.at = {command, NULL}, .depth = 1};
        visit(context, &path);
        for (const struct command *below = command->commands; below != NULL && below->name != NULL; below++) {
            path = (struct command_path){.at = {command, below}, .depth = 2};
            visit(context, &path);
        }
    }
}

static int unknown_command(const struct command *table, const char *name)
{
    const char *names[NAMES_MOST];
    size_t count = 0;
    for (const struct command *command = table; command->name != NULL && count < NAMES_MOST; command++) {
        names[count] = command->name;
        count++;
    }
    char quoted[SETTING_QUOTE_BYTES];
    setting_quote(slice_of_text(name), quoted);
    const char *near = suggest_nearest(slice_of_text(name), names, count);
    if (near == NULL) {
        return commands_usage_error("unknown command '%s' ('penstock help' lists what there is)", quoted);
    }
    return commands_usage_error(
        "unknown command '%s'; did you mean '%s'? ('penstock help' lists what there is)", quoted, near);
}

static bool asks_for_help(int count, char *const *arguments)
{
    for (int i = 0; i < count && strcmp(arguments[i], "--") != 0; i++) {
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static int run_parsed(const struct command *command, const struct command_line *line)
{
    void *request = calloc(1, command->request_bytes);
    if (request == NULL) {
        fputs("penstock: error: out of memory\n", stderr);
        return EXIT_CODE_FAILURE;
    }
    const struct options_input input = {line->argument_count, line->arguments, line->environment};
    struct status status = options_parse(&command->options, &input, request);
    int code;
    if (!status_is_ok(&status)) {
        code = commands_usage_error("%s", status.reason);
    } else if (command->run_leases != NULL) {
        code = command->run_leases(request);
    } else {
        struct command_line parsed = *line;
        parsed.request = request;
        code = command->run(&parsed);
    }
    options_free(&command->options, request);
    free(request);
    return code;
}

static int run_command(const struct command_path *path, const struct command_line *line)
{
    const struct command *command = path->at[path->depth - 1];
    if (asks_for_help(line->argument_count, line->arguments)) {
        help_print_command(stdout, path);
        return commands_finish_output();
    }
    if (command->commands != NULL) {
        if (line->argument_count > 0) {
            return unknown_command(command->commands, line->arguments[0]);
        }
        help_print_command(stderr, path);
        return EXIT_CODE_USAGE;
    }
    return command->request_bytes == 0 ? command->run(line) : run_parsed(command, line);
}

/* --help and --version are also commands, as everywhere. */
static const char *canonical_name(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        return "help";
    }
    return strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0 ? "version" : word;
}

int commands_main(int argument_count, char *const *arguments, char *const *environment)
{
    if (argument_count < 2) {
        help_print_overview(stderr);
        return EXIT_CODE_USAGE;
    }
    const char *names[COMMAND_DEPTH] = {canonical_name(arguments[1]), NULL};
    size_t count = 1;
    while (count < COMMAND_DEPTH && (int)count + 1 < argument_count) {
        names[count] = arguments[count + 1];
        count++;
    }
    struct command_path path;
    size_t known = 0;
    (void)commands_find(names, count, &path, &known);
    if (known == 0) {
        return unknown_command(commands(), arguments[1]);
    }
    int used = (int)known + 1;
    const struct command_line line = {argument_count - used, arguments + used, environment, NULL};
    return run_command(&path, &line);
}
