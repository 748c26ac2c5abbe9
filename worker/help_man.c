#include "worker/help.h"

#include "worker/commands.h"
#include "worker/exit_code.h"

enum { MAN_FLAG_BYTES = 64 };

/* Text for roff: hyphens that are typed stay hyphens, and no letter is taken for a request. */
static void print_escaped(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'') {
        fputs("\\&", out);
    }
    for (const char *letter = text; *letter != '\0'; letter++) {
        if (*letter == '\\') {
            fputs("\\e", out);
        } else if (*letter == '-') {
            fputs("\\-", out);
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

static void print_setting(FILE *out, const struct setting *setting)
{
    char flag[MAN_FLAG_BYTES];
    char variable[SETTING_VARIABLE_BYTES];
    char allowed[SETTING_ALLOWED_BYTES];
    help_format_flag(setting, flag, sizeof flag);
    setting_variable(setting, variable);
    setting_describe_allowed(setting, allowed);
    print_entry(out, flag, setting->help);
    fputs("Variable ", out);
    print_escaped(out, variable);
    fputs("; allowed: ", out);
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
    fputs(".SH SETTINGS\n"
          "A setting is a flag of \\fBpenstock run\\fR (\\-\\-name value or \\-\\-name=value), a variable or "
          "a key of the "
          "JSON file given by \\-\\-config; flags are stronger than variables, and those than the file. An "
          "unknown "
          "name is an error in all three places. An empty variable counts as unset. Times take the units ms, "
          "s, m "
          "and h, sizes KiB, MiB and GiB.\n",
          out);
    for (int group = 0; group < SETTINGS_GROUP_COUNT; group++) {
        fputs(".SS \"", out);
        print_escaped(out, setting_group_title((enum setting_group)group));
        fputs("\"\n", out);
        for (size_t id = 0; id < SETTING_COUNT; id++) {
            const struct setting *setting = setting_of((enum setting_id)id);
            if (setting->group == (enum setting_group)group) {
                print_setting(out, setting);
            }
        }
    }
}

static void print_commands(FILE *out)
{
    fputs(".SH COMMANDS\n", out);
    for (const struct command *command = commands(); command->name != NULL; command++) {
        print_entry(out, command->synopsis, command->summary);
    }
}

static void print_exit_codes(FILE *out)
{
    fputs(".SH EXIT STATUS\n", out);
    for (const struct exit_meaning *entry = exit_meanings(); entry->code != NULL; entry++) {
        print_entry(out, entry->code, entry->meaning);
    }
}

static void print_tail(FILE *out)
{
    fputs(".SH SIGNALS\n"
          "SIGTERM and SIGINT end \\fBpenstock run\\fR in order: no more is read, what was read is delivered "
          "and "
          "checkpointed, leases are released. A second one ends it at once.\n"
          ".SH ENVIRONMENT\n"
          "PENSTOCK_* as above, and whatever the AWS CLI reads: AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, "
          "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB_STREAMS, AWS_CA_BUNDLE, HTTPS_PROXY and so on. "
          "ECS_CONTAINER_METADATA_URI_V4 gives the worker's name on ECS.\n"
          ".SH EXAMPLES\n.nf\n"
          "penstock run \\-\\-table orders \\-\\-firehose orders\n"
          "penstock run \\-\\-table orders \\-\\-file /var/spool/orders \\-\\-start latest\n"
          ".fi\n",
          out);
}

void help_print_man(FILE *out)
{
    fputs(
        ".\\\" Made by `penstock help -o man`; python3 -m tests.lint.generated --write renews it.\n"
        ".TH PENSTOCK 1 \"\" \"penstock " PENSTOCK_VERSION "\"\n"
        ".SH NAME\npenstock \\- carry the changes of a DynamoDB table to Kinesis Firehose\n"
        ".SH SYNOPSIS\n"
        ".B penstock run\n[\\-\\-table NAME | \\-\\-stream\\-arn ARN] [\\-\\-firehose NAME | \\-\\-file DIR] "
        "[settings]\n"
        ".SH DESCRIPTION\n"
        "Workers of one application share the shards of a table's stream through leases in a DynamoDB table "
        "and carry "
        "every change, at least once and in a form that a reader can put in order, to Firehose or to "
        "files.\n",
        out);
    print_commands(out);
    print_settings(out);
    print_exit_codes(out);
    print_tail(out);
}
