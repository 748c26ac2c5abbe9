#include "worker/help.h"

#include <string.h>

#include "worker/exit_code.h"
#include "worker/run.h"
#include "worker/settings.h"

enum { HELP_WIDTH = 96, HELP_INDENT = 26, ENTRY_BYTES = 128, WORDS_BYTES = 1024 };

void help_format_flag(const struct setting *setting, char ret_flag[HELP_FLAG_BYTES])
{
    size_t used = 0;
    if (setting->letter != '\0') {
        used = (size_t)snprintf(ret_flag, HELP_FLAG_BYTES, "-%c, ", setting->letter);
    }
    snprintf(ret_flag + used, HELP_FLAG_BYTES - used, "--%s%s%s", setting->name,
             setting->placeholder == NULL ? "" : " ",
             setting->placeholder == NULL ? "" : setting->placeholder);
}

const char *help_default(const struct setting *setting)
{
    return setting->fallback_words != NULL ? setting->fallback_words : setting->fallback;
}

void help_print_wrapped(FILE *out, const char *text, int indent, int width)
{
    int column = indent;
    const char *word = text;
    while (*word != '\0') {
        int length = (int)strcspn(word, " ");
        if (column > indent && column + 1 + length > width) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        }
        if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fwrite(word, 1, (size_t)length, out);
        column += length;
        word += length;
        word += strspn(word, " ");
    }
    fputc('\n', out);
}

/* A name on the left, words on the right; a name too long for its column gets a line of its own. */
static void print_entry(FILE *out, const char *name, const char *words)
{
    int used = fprintf(out, "  %s", name);
    if (used >= HELP_INDENT) {
        fprintf(out, "\n%*s", HELP_INDENT, "");
    } else {
        fprintf(out, "%*s", HELP_INDENT - used, "");
    }
    help_print_wrapped(out, words, HELP_INDENT, HELP_WIDTH);
}

static void print_setting(FILE *out, const struct setting *setting)
{
    char flag[HELP_FLAG_BYTES];
    help_format_flag(setting, flag);
    char words[WORDS_BYTES];
    const char *fallback = help_default(setting);
    if (fallback != NULL) {
        snprintf(words, sizeof words, "%s [%s]", setting->help, fallback);
    } else {
        snprintf(words, sizeof words, "%s", setting->help);
    }
    print_entry(out, flag, words);
}

static void print_groups(FILE *out)
{
    for (int group = 0; group < SETTINGS_GROUP_COUNT; group++) {
        fprintf(out, "\n%s:\n", setting_group_title((enum setting_group)group));
        for (size_t id = 0; id < SETTING_COUNT; id++) {
            const struct setting *setting = setting_of((enum setting_id)id);
            if (setting->group == group) {
                print_setting(out, setting);
            }
        }
    }
}

static void print_exit_codes(FILE *out)
{
    fputs("\nExit codes:\n", out);
    for (const struct exit_meaning *entry = exit_meanings(); entry->code != NULL; entry++) {
        print_entry(out, entry->code, entry->meaning);
    }
}

static void print_commands(FILE *out, const struct command *table)
{
    for (const struct command *command = table; command->name != NULL; command++) {
        char entry[ENTRY_BYTES];
        snprintf(entry, sizeof entry, "%s%s%s", command->name, command->synopsis[0] == '\0' ? "" : " ",
                 command->synopsis);
        print_entry(out, entry, command->summary);
    }
}

void help_print_overview(FILE *out)
{
    fputs(
        "penstock carries every change of a DynamoDB table to Kinesis Firehose, and so to S3 and a lake.\n\n"
        "  penstock run --table orders --firehose orders\n\n"
        "Commands:\n",
        out);
    print_commands(out, commands());
    print_exit_codes(out);
    fputs("\n'penstock help COMMAND' or 'penstock COMMAND --help' tells all that a command takes.\n", out);
}

void help_print_settings(FILE *out)
{
    fputs("Settings of penstock run, each with its default in brackets. --stop-timeout 20s is also\n"
          "--stop-timeout=20s, the variable PENSTOCK_STOP_TIMEOUT=20s and, in the file of --config,\n"
          "{\"stop-timeout\":\"20s\"}; flags are stronger than variables, and those than the file.\n"
          "Times take the units ms s m h, sizes KiB MiB GiB.\n",
          out);
    print_groups(out);
}

/* Paragraphs, an empty line apart. */
static void print_paragraphs(FILE *out, const char *text)
{
    while (*text != '\0') {
        const char *end = strstr(text, "\n\n");
        char paragraph[WORDS_BYTES * 2];
        snprintf(paragraph, sizeof paragraph, "%.*s", end == NULL ? (int)strlen(text) : (int)(end - text),
                 text);
        fputc('\n', out);
        help_print_wrapped(out, paragraph, 0, HELP_WIDTH);
        text = end == NULL ? text + strlen(text) : end + 2;
    }
}

static void print_options(FILE *out, const struct command *command)
{
    const struct option_words_rule *words = command->options.words;
    if (words != NULL && words->help != NULL) {
        fputs("\nArguments:\n", out);
        print_entry(out, words->placeholder, words->help);
    }
    for (size_t i = 0; command->options.tables != NULL && command->options.tables[i] != NULL; i++) {
        fprintf(out, "\n%s:\n", command->options.tables[i]->title);
        for (const struct setting *row = command->options.tables[i]->rows; row->name != NULL; row++) {
            print_setting(out, row);
        }
    }
}

static void print_examples(FILE *out, const struct command *command)
{
    if (command->examples == NULL) {
        return;
    }
    fputs("\nExamples:\n", out);
    for (const struct command_example *example = command->examples; example->line != NULL; example++) {
        fprintf(out, "  %s\n      %s\n", example->line, example->meaning);
    }
}

bool help_is_run(const struct command *command)
{
    return strcmp(command->name, "run") == 0;
}

void help_print_command(FILE *out, const struct command_path *path)
{
    const struct command *command = path->at[path->depth - 1];
    char name[COMMAND_PATH_BYTES];
    commands_format_path(path, ' ', name);
    fprintf(out, "penstock %s %s\n", name, command->synopsis);
    print_paragraphs(out, command->description != NULL ? command->description : command->summary);
    if (command->commands != NULL) {
        fputs("\nCommands:\n", out);
        print_commands(out, command->commands);
    }
    if (help_is_run(command)) {
        fputc('\n', out);
        help_print_settings(out);
    }
    print_options(out, command);
    print_examples(out, command);
    print_exit_codes(out);
}
