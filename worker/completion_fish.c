#include "worker/completion.h"

static void print_step(FILE *out, const char *from, const char *word, const char *to)
{
    fprintf(out, "            case '%s/%s'\n                set command '%s'\n", from, word, to);
}

static void print_escaped(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        fputs(text[i] == '\'' || text[i] == '\\' ? "\\" : "", out);
        fputc(text[i], out);
    }
}

static void print_description(FILE *out, const char *text)
{
    fputs(" -d '", out);
    print_escaped(out, text, completion_sentence(text));
    fputs("'\n", out);
}

static void print_command(FILE *out, const char *at, const struct command *command)
{
    fprintf(out, "complete -c penstock -n '__penstock_at \"%s\"' -a '%s'", at, command->name);
    print_description(out, command->summary);
}

struct fish_context {
    FILE *out;
    const char *command;
};

static void print_option(void *context, const struct setting *row)
{
    const struct fish_context *fish = context;
    fprintf(fish->out, "complete -c penstock -n '__penstock_at \"%s\"' -l %s", fish->command, row->name);
    if (row->letter != '\0') {
        fprintf(fish->out, " -s %c", row->letter);
    }
    switch (completion_value_of(row)) {
    case COMPLETION_CHOICES:
        fputs(" -x -a '", fish->out);
        for (size_t i = 0; row->choices[i] != NULL; i++) {
            fprintf(fish->out, "%s%s", i == 0 ? "" : " ", row->choices[i]);
        }
        fputc('\'', fish->out);
        break;
    case COMPLETION_FILE:
        fputs(" -r -F", fish->out);
        break;
    case COMPLETION_FOLDER:
        fputs(" -x -a '(__fish_complete_directories)'", fish->out);
        break;
    case COMPLETION_NONE:
        fputs(row->type == SETTING_TYPE_BOOL ? "" : " -x", fish->out);
        break;
    }
    print_description(fish->out, row->help);
}

static void print_case(void *context, const struct command_path *path)
{
    FILE *out = context;
    const struct command *command = path->at[path->depth - 1];
    char name[COMMAND_PATH_BYTES];
    commands_format_path(path, ' ', name);
    for (const struct command *below = command->commands; below != NULL && below->name != NULL; below++) {
        char below_help[COMMAND_PATH_BYTES + 8];
        snprintf(below_help, sizeof below_help, "help %s", name);
        print_command(out, name, below);
        print_command(out, below_help, below);
    }
    const struct option_words_rule *words = command->options.words;
    for (size_t i = 0; words != NULL && words->choices != NULL && words->choices[i] != NULL; i++) {
        fprintf(out, "complete -c penstock -n '__penstock_at \"%s\"' -a '%s'\n", name, words->choices[i]);
    }
    struct fish_context fish = {out, name};
    completion_each_option(command, print_option, &fish);
}

void completion_print_fish(FILE *out)
{
    fputs("# fish completion for penstock; made by `penstock completion fish`.\n"
          "function __penstock_at\n"
          "    set -l command ''\n"
          "    for word in (commandline -opc)[2..-1]\n"
          "        switch \"$command/$word\"\n",
          out);
    completion_each_step(print_step, out);
    fputs("        end\n    end\n    test \"$command\" = \"$argv[1]\"\nend\n"
          "complete -c penstock -f\n",
          out);
    for (const struct command *command = commands(); command->name != NULL; command++) {
        print_command(out, "", command);
        print_command(out, "help", command);
    }
    commands_each(print_case, out);
}
