#include "worker/help.h"

#include "worker/settings.h"

/* '|' would end the cell. */
static void print_cell(FILE *out, const char *text)
{
    for (const char *letter = text; *letter != '\0'; letter++) {
        if (*letter == '|') {
            fputc('\\', out);
        }
        fputc(*letter, out);
    }
}

static void print_row(FILE *out, const struct setting *setting)
{
    char flag[HELP_FLAG_BYTES];
    char variable[SETTING_VARIABLE_BYTES];
    char allowed[SETTING_ALLOWED_BYTES];
    help_format_flag(setting, flag);
    setting_variable(setting, variable);
    setting_describe_allowed(setting, allowed);
    const char *fallback = help_default(setting);
    fprintf(out, "| `%s` | `%s` | %s | ", flag, variable, fallback == NULL ? "" : fallback);
    print_cell(out, allowed);
    fputs(" | ", out);
    print_cell(out, setting->help);
    fputs(" |\n", out);
}

void help_print_settings_markdown(FILE *out)
{
    for (int group = 0; group < SETTINGS_GROUP_COUNT; group++) {
        fprintf(out, "%s**%s**\n\n", group == 0 ? "" : "\n", setting_group_title((enum setting_group)group));
        fputs("| flag | variable | default | allowed | meaning |\n|---|---|---|---|---|\n", out);
        for (size_t id = 0; id < SETTING_COUNT; id++) {
            const struct setting *setting = setting_of((enum setting_id)id);
            if (setting->group == group) {
                print_row(out, setting);
            }
        }
    }
}

void help_print_commands_markdown(FILE *out, const struct command_path *path)
{
    const struct command *group = path->at[path->depth - 1];
    fputs("| command | what it does |\n|---|---|\n", out);
    for (const struct command *command = group->commands; command->name != NULL; command++) {
        fprintf(out, "| `%s ", group->name);
        print_cell(out, command->name);
        fputs(command->synopsis[0] == '\0' ? "" : " ", out);
        print_cell(out, command->synopsis);
        fputs("` | ", out);
        print_cell(out, command->summary);
        fputs(" |\n", out);
    }
}
