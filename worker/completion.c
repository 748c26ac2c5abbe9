#include "worker/completion.h"

#include "worker/help.h"
#include "worker/settings.h"

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

static void (*const printers[])(FILE *out) = {completion_print_bash, completion_print_zsh,
                                              completion_print_fish};

const struct option_words_rule completion_words = {
    .placeholder = "SHELL",
    .least = 1,
    .most = 1,
    .choices = shells,
    .help = "bash, zsh or fish.",
    .field = offsetof(struct completion_request, shell),
};

const struct command_example completion_examples[] = {
    {"source <(penstock completion bash)", "in ~/.bashrc"},
    {"penstock completion zsh > ~/.zfunc/_penstock", "a folder of zsh's fpath"},
    {"penstock completion fish > ~/.config/fish/completions/penstock.fish", "the folder of fish"},
    {NULL, NULL},
};

int completion_run(const struct command_line *line)
{
    const struct completion_request *request = line->request;
    for (size_t i = 0; shells[i] != NULL; i++) {
        if (strcmp(request->shell.at[0], shells[i]) == 0) {
            printers[i](stdout);
        }
    }
    return commands_finish_output();
}

enum completion_value completion_value_of(const struct setting *setting)
{
    if (setting->type == SETTING_TYPE_CHOICE) {
        return COMPLETION_CHOICES;
    }
    if (setting->placeholder == NULL) {
        return COMPLETION_NONE;
    }
    if (strcmp(setting->placeholder, "FILE") == 0) {
        return COMPLETION_FILE;
    }
    return strcmp(setting->placeholder, "DIR") == 0 ? COMPLETION_FOLDER : COMPLETION_NONE;
}

void completion_each_option(const struct command *command,
                            void (*visit)(void *context, const struct setting *row), void *context)
{
    static const struct setting help = {.name = "help",
                                        .letter = 'h',
                                        .type = SETTING_TYPE_BOOL,
                                        .help = "Tells all that the command takes."};
    if (help_is_run(command)) {
        for (size_t id = 0; id < SETTING_COUNT; id++) {
            visit(context, setting_of((enum setting_id)id));
        }
    }
    for (size_t i = 0; command->options.tables != NULL && command->options.tables[i] != NULL; i++) {
        for (const struct setting *row = command->options.tables[i]->rows; row->name != NULL; row++) {
            visit(context, row);
        }
    }
    visit(context, &help);
}

size_t completion_sentence(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0' &&
           !(text[length] == '.' && (text[length + 1] == ' ' || text[length + 1] == '\0'))) {
        length++;
    }
    return length;
}

struct step_context {
    void (*step)(FILE *out, const char *from, const char *word, const char *to);
    FILE *out;
};

static void visit_step(void *context, const struct command_path *path)
{
    const struct step_context *steps = context;
    const struct command *command = path->at[path->depth - 1];
    char to[COMMAND_PATH_BYTES];
    commands_format_path(path, ' ', to);
    steps->step(steps->out, path->depth == 1 ? "" : path->at[0]->name, command->name, to);
    if (path->depth == 1 && command->commands != NULL) {
        char below_help[COMMAND_PATH_BYTES + 8];
        snprintf(below_help, sizeof below_help, "help %s", to);
        steps->step(steps->out, "help", command->name, below_help);
    }
}

void completion_each_step(void (*step)(FILE *out, const char *from, const char *word, const char *to),
                          FILE *out)
{
    struct step_context steps = {step, out};
    commands_each(visit_step, &steps);
}
