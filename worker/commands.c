#include "worker/commands.h"

#include <stdio.h>
#include <string.h>

#include "worker/exit_code.h"
#include "worker/help.h"
#include "worker/run.h"
#include "worker/suggest.h"
#include "worker/version.h"

static int usage_error(const char *message, const char *subject, const char *suggestion)
{
    fprintf(stderr, "penstock: error: %s '%.60s'", message, subject);
    if (suggestion != NULL) {
        fprintf(stderr, "; did you mean '%s'?", suggestion);
    }
    fputs(" ('penstock help' lists what there is)\n", stderr);
    return EXIT_CODE_USAGE;
}

/* Data that did not reach its reader is a failure. */
static int finish_output(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("penstock: error: cannot write to standard output\n", stderr);
        return EXIT_CODE_FAILURE;
    }
    return EXIT_CODE_OK;
}

struct help_form {
    const char *topic; /* "" for none */
    const char *format;
    void (*print)(FILE *out);
};

static const struct help_form help_forms[] = {
    {"", "text", help_print_overview},
    {"", "man", help_print_man},
    {"run", "text", help_print_run},
    {"settings", "text", help_print_settings},
    {"settings", "markdown", help_print_settings_markdown},
};

enum { HELP_FORMS = sizeof help_forms / sizeof help_forms[0] };

static int print_help(const char *topic, const char *format)
{
    bool known_topic = false;
    for (size_t i = 0; i < HELP_FORMS; i++) {
        if (strcmp(help_forms[i].topic, topic) != 0) {
            continue;
        }
        known_topic = true;
        if (strcmp(help_forms[i].format, format) == 0) {
            help_forms[i].print(stdout);
            return finish_output();
        }
    }
    if (known_topic) {
        return usage_error("this help cannot be printed as", format, NULL);
    }
    static const char *const topics[] = {"run", "settings"};
    return usage_error("no help on", topic, suggest_nearest(slice_of_text(topic), topics, 2));
}

static int command_help(const struct command_line *line)
{
    const char *topic = "";
    const char *format = "text";
    for (int i = 0; i < line->argument_count; i++) {
        const char *word = line->arguments[i];
        if (strcmp(word, "-o") == 0 && i + 1 < line->argument_count) {
            i++;
            format = line->arguments[i];
        } else if (word[0] == '-' || topic[0] != '\0') {
            return usage_error("unexpected argument", word, NULL);
        } else {
            topic = word;
        }
    }
    return print_help(topic, format);
}

static int command_version(const struct command_line *line)
{
    bool json = false;
    for (int i = 0; i < line->argument_count; i++) {
        if (strcmp(line->arguments[i], "--json") != 0) {
            return usage_error("unexpected argument", line->arguments[i], NULL);
        }
        json = true;
    }
    if (json) {
        version_print_json(stdout);
    } else {
        version_print_text(stdout);
    }
    return finish_output();
}

static int command_run(const struct command_line *line)
{
    const struct settings_input input = {line->argument_count, line->arguments, line->environment};
    struct settings settings;
    bool help = false;
    struct status status = settings_load(&input, &settings, &help);
    if (!status_is_ok(&status)) {
        fprintf(stderr, "penstock: error: %s\n", status.reason);
        return EXIT_CODE_USAGE;
    }
    if (help) {
        help_print_run(stdout);
        return finish_output();
    }
    int code = run_worker(&settings);
    settings_free(&settings);
    return code;
}

const struct command *commands(void)
{
    static const struct command table[] = {
        {"run", "run [settings]", "Carry the changes until stopped by SIGTERM or SIGINT.", command_run},
        {"version", "version [--json]", "Print the version; as JSON with those of the libraries.",
         command_version},
        {"help", "help [run|settings]", "Print this, all settings of run, or the settings alone.",
         command_help},
        {NULL, NULL, NULL, NULL},
    };
    return table;
}

static const struct command *find_command(const char *name)
{
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        name = "help";
    } else if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        name = "version";
    }
    for (const struct command *command = commands(); command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}

enum { COMMANDS_CEILING = 16 };

static int unknown_command(const char *name)
{
    const char *names[COMMANDS_CEILING];
    size_t count = 0;
    for (const struct command *command = commands(); command->name != NULL && count < COMMANDS_CEILING;
         command++) {
        names[count] = command->name;
        count++;
    }
    return usage_error("unknown command", name, suggest_nearest(slice_of_text(name), names, count));
}

int commands_main(int argument_count, char *const *arguments, char *const *environment)
{
    if (argument_count < 2) {
        help_print_overview(stderr);
        return EXIT_CODE_USAGE;
    }
    const struct command *command = find_command(arguments[1]);
    if (command == NULL) {
        return unknown_command(arguments[1]);
    }
    const struct command_line line = {argument_count - 2, arguments + 2, environment};
    return command->run(&line);
}
