/* Help in all its forms, made from the tables of commands, options, settings and exit codes. Each function writes to
 * `out`; write errors stay in the stream's error flag for the caller. */
#ifndef PENSTOCK_WORKER_HELP_H
#define PENSTOCK_WORKER_HELP_H

#include <stdio.h>

#include "worker/commands.h"

/* `penstock help` */
void help_print_overview(FILE *out);

/* `penstock help leases list`, `penstock leases list --help` */
void help_print_command(FILE *out, const struct command_path *path);

/* `penstock help settings`: the settings of run as text */
void help_print_settings(FILE *out);

/* `penstock help settings -o markdown`: README's table */
void help_print_settings_markdown(FILE *out);

/* `penstock help leases -o markdown`: README's table of a group's commands */
void help_print_commands_markdown(FILE *out, const struct command_path *path);

/* `penstock help -o man`: deploy/man/penstock.1 */
void help_print_man(FILE *out);

/* `penstock help leases list -o man`: deploy/man/penstock-leases-list.1 */
void help_print_command_man(FILE *out, const struct command_path *path);

/* For the forms above. "--failover TIME", with its letter "-o, --output FORMAT"; the default in words ("10s", "none")
 * or NULL for none worth telling. */
enum { HELP_FLAG_BYTES = 64 };
void help_format_flag(const struct setting *setting, char ret_flag[HELP_FLAG_BYTES]);
const char *help_default(const struct setting *setting);

/* True for the command whose options are the settings of run. */
bool help_is_run(const struct command *command);

/* Words of `text` in lines of at most `width` columns; the first starts where the cursor is, `indent` columns
 * in, the others are indented to there. */
void help_print_wrapped(FILE *out, const char *text, int indent, int width);

#endif
