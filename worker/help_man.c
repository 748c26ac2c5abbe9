#include <string.h>

#include "worker/exit_code.h"
#include "worker/help.h"
#include "worker/settings.h"

/* Text for roff: hyphens that are typed stay hyphens, no letter is taken for a request, and an empty line begins a
 * paragraph. */
static void print_escaped(FILE *out, const char *text)
{
    bool line_start = true;
    for (const char *letter = text; *letter != '\0'; letter++) {
        if (line_start && (*letter == '.' || *letter == '\'')) {
            fputs("\\&", out);
        }
        line_start = *letter == '\n';
        if (*letter == '\\') {
            fputs("\\e", out);
        } else if (*letter == '-') {
            fputs("\\-", out);
        } else if (letter[0] == '\n' && letter[1] == '\n') {
            fputs("\n.PP\n", out);
            letter++;
        } else {
            fputc(*letter, out);
        }
    }
}

static void print_entry(FILE *out, const char *name, const char *text)
{
    fputs(".TP\n.B ", out);
    print_escaped(out, name);
    fputc('\n', out);
    print_escaped(out, text);
    fputc('\n', out);
}

static void print_section(FILE *out, const char *title, const char *text)
{
    fprintf(out, ".SH %s\n", title);
    print_escaped(out, text);
    fputc('\n', out);
}

static void print_setting(FILE *out, const struct setting *setting)
{
    char flag[HELP_FLAG_BYTES];
    char allowed[SETTING_ALLOWED_BYTES];
    help_format_flag(setting, flag);
    setting_describe_allowed(setting, allowed);
    print_entry(out, flag, setting->help);
    if (options_has_variable(setting)) {
        char variable[SETTING_VARIABLE_BYTES];
        setting_variable(setting, variable);
        fputs("Variable ", out);
        print_escaped(out, variable);
        fputs("; allowed: ", out);
    } else {
        fputs("Allowed: ", out);
    }
    print_escaped(out, allowed);
    const char *fallback = help_default(setting);
    if (fallback != NULL) {
        fputs("; default: ", out);
        print_escaped(out, fallback);
    }
    fputs(".\n", out);
}

static void print_settings(FILE *out)
{
    print_section(
        out, "SETTINGS",
        "A setting is a flag of penstock run (--name value or --name=value), a variable or a key of the "
        "JSON file given by --config; flags are stronger than variables, and those than the file. An "
        "unknown name is an error in all three places. An empty variable counts as unset. Times take the "
        "units ms, s, m and h, sizes KiB, MiB and GiB.");
    for (int group = 0; group < SETTINGS_GROUP_COUNT; group++) {
        fputs(".SS \"", out);
        print_escaped(out, setting_group_title((enum setting_group)group));
        fputs("\"\n", out);
        for (size_t id = 0; id < SETTING_COUNT; id++) {
            if (setting_of((enum setting_id)id)->group == group) {
                print_setting(out, setting_of((enum setting_id)id));
            }
        }
    }
}

static void print_options(FILE *out, const struct command *command)
{
    const struct option_words_rule *words = command->options.words;
    if (words != NULL && words->help != NULL) {
        fputs(".SH ARGUMENTS\n", out);
        print_entry(out, words->placeholder, words->help);
    }
    if (command->options.tables == NULL) {
        return;
    }
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; command->options.tables[i] != NULL; i++) {
        fputs(".SS \"", out);
        print_escaped(out, command->options.tables[i]->title);
        fputs("\"\n", out);
        for (const struct setting *row = command->options.tables[i]->rows; row->name != NULL; row++) {
            print_setting(out, row);
        }
    }
}

static void print_commands(FILE *out, const struct command *table)
{
    fputs(".SH COMMANDS\n", out);
    for (const struct command *command = table; command->name != NULL; command++) {
        fputs(".TP\n.B ", out);
        print_escaped(out, command->name);
        if (command->synopsis[0] != '\0') {
            fputc(' ', out);
            print_escaped(out, command->synopsis);
        }
        fputc('\n', out);
        print_escaped(out, command->summary);
        fputc('\n', out);
    }
}

static void print_exit_codes(FILE *out)
{
    fputs(".SH EXIT STATUS\n", out);
    for (const struct exit_meaning *entry = exit_meanings(); entry->code != NULL; entry++) {
        print_entry(out, entry->code, entry->meaning);
    }
}

static void print_environment(FILE *out)
{
    print_section(
        out, "ENVIRONMENT",
        "PENSTOCK_* variables as named above, and whatever the AWS CLI reads: AWS_REGION, AWS_PROFILE, "
        "AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB_STREAMS, AWS_CA_BUNDLE, "
        "AWS_MAX_ATTEMPTS, AWS_RETRY_MODE (standard, adaptive or legacy), AWS_SDK_UA_APP_ID, HTTPS_PROXY and "
        "so on.");
}

static void print_examples(FILE *out, const struct command *command)
{
    if (command->examples == NULL) {
        return;
    }
    fputs(".SH EXAMPLES\n", out);
    for (const struct command_example *example = command->examples; example->line != NULL; example++) {
        print_entry(out, example->line, example->meaning);
    }
}

/* "PENSTOCK-LEASES-LIST" */
static void print_title(FILE *out, const char *page)
{
    fputs(".\\\" Made by `penstock help -o man`; python3 -m tests.lint.generated --write renews it.\n.TH ",
          out);
    for (const char *letter = page; *letter != '\0'; letter++) {
        fputc(*letter >= 'a' && *letter <= 'z' ? *letter - 'a' + 'A' : *letter, out);
    }
    fputs(" 1 \"\" \"penstock " PENSTOCK_VERSION "\"\n.SH NAME\n", out);
}

/* The pages beside one: of the commands of a group, and the one above. */
static void print_see_also(FILE *out, const struct command *table, const char *prefix)
{
    const char *glue = "";
    fputs(".SH SEE ALSO\n", out);
    for (const struct command *command = table; command != NULL && command->name != NULL; command++) {
        fprintf(out, "%s.BR %s\\-", glue, prefix);
        print_escaped(out, command->name);
        fputs(" (1)", out);
        glue = ",\n";
    }
    fputc('\n', out);
}

void help_print_man(FILE *out)
{
    print_title(out, "penstock");
    fputs("penstock \\- carry the changes of a DynamoDB table to Kinesis Firehose\n"
          ".SH SYNOPSIS\n.B penstock\nCOMMAND [options]\n",
          out);
    print_section(
        out, "DESCRIPTION",
        "Workers of one application share the shards of a table's stream through leases in a DynamoDB "
        "table and carry every change, at least once and in a form that a reader can put in order, to "
        "Firehose or to files.");
    print_commands(out, commands());
    print_exit_codes(out);
    print_environment(out);
    print_see_also(out, commands(), "penstock");
}

static void print_run(FILE *out)
{
    print_settings(out);
    print_section(
        out, "SIGNALS",
        "SIGTERM and SIGINT end penstock run in order: no more is read, what was read is delivered and "
        "checkpointed, leases are released. A second one ends it at once.");
}

void help_print_command_man(FILE *out, const struct command_path *path)
{
    const struct command *command = path->at[path->depth - 1];
    char words[COMMAND_PATH_BYTES];
    char dashed[COMMAND_PATH_BYTES];
    commands_format_path(path, ' ', words);
    commands_format_path(path, '-', dashed);
    char page[COMMAND_PATH_BYTES + 16];
    snprintf(page, sizeof page, "penstock-%s", dashed);
    print_title(out, page);
    print_escaped(out, page);
    fputs(" \\- ", out);
    print_escaped(out, command->summary);
    fprintf(out, "\n.SH SYNOPSIS\n.B penstock %s\n", words);
    print_escaped(out, command->synopsis);
    fputc('\n', out);
    print_section(out, "DESCRIPTION", command->description != NULL ? command->description : command->summary);
    if (command->commands != NULL) {
        print_commands(out, command->commands);
    }
    if (help_is_run(command)) {
        print_run(out);
    }
    print_options(out, command);
    print_examples(out, command);
    if (command->rights != NULL) {
        print_section(out, "RIGHTS", command->rights);
    }
    print_exit_codes(out);
    print_environment(out);
    if (command->commands != NULL) {
        char prefix[COMMAND_PATH_BYTES + 16];
        snprintf(prefix, sizeof prefix, "penstock\\-%s", dashed);
        print_see_also(out, command->commands, prefix);
    } else {
        fputs(".SH SEE ALSO\n.BR penstock (1)\n", out);
    }
}
