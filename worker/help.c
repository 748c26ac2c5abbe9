#include "worker/help.h"

#include <string.h>

#include "worker/commands.h"
#include "worker/exit_code.h"

enum { HELP_WIDTH = 96, HELP_INDENT = 26, FLAG_BYTES = 64 };

void help_format_flag(const struct setting *setting, char *ret_flag, size_t size)
{
    if (setting->placeholder == NULL) {
        snprintf(ret_flag, size, "--%s", setting->name);
    } else {
        snprintf(ret_flag, size, "--%s %s", setting->name, setting->placeholder);
    }
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
    char flag[FLAG_BYTES];
    help_format_flag(setting, flag, sizeof flag);
    char words[1024];
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
            if (setting->group == (enum setting_group)group) {
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

void help_print_overview(FILE *out)
{
    fputs(
        "penstock carries every change of a DynamoDB table to Kinesis Firehose, and so to S3 and a lake.\n\n"
        "  penstock run --table orders --firehose orders\n\n"
        "Commands:\n",
        out);
    for (const struct command *command = commands(); command->name != NULL; command++) {
        print_entry(out, command->synopsis, command->summary);
    }
    print_exit_codes(out);
    fputs("\n'penstock help run' lists every setting of run.\n", out);
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

void help_print_run(FILE *out)
{
    fputs("penstock run --table NAME --firehose NAME [settings]\n\n"
          "Joins the workers of an application, takes a fair share of the stream's shards and carries their\n"
          "changes, at least once each, until SIGTERM or SIGINT. Region, credentials and endpoints are found "
          "as\n"
          "the AWS CLI finds them.\n\n",
          out);
    help_print_settings(out);
    print_exit_codes(out);
}
