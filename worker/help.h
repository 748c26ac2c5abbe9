/* Help in all its forms, made from the settings table, the command table and the exit codes. Each function
 * writes to `out`; write errors stay in the stream's error flag for the caller. */
#ifndef PENSTOCK_WORKER_HELP_H
#define PENSTOCK_WORKER_HELP_H

#include <stdio.h>

#include "worker/settings.h"

/* `penstock help` */
void help_print_overview(FILE *out);

/* `penstock help run`, `penstock run --help` */
void help_print_run(FILE *out);

/* `penstock help settings`: the table as text */
void help_print_settings(FILE *out);

/* `penstock help settings -o markdown`: README's table */
void help_print_settings_markdown(FILE *out);

/* `penstock help -o man`: deploy/man/penstock.1 */
void help_print_man(FILE *out);

/* For the forms above: "--failover TIME", the default in words ("10s", "none") or NULL for none worth
 * telling. */
void help_format_flag(const struct setting *setting, char *ret_flag, size_t size);
const char *help_default(const struct setting *setting);

/* Words of `text` in lines of at most `width` columns; the first starts where the cursor is, `indent` columns
 * in, the others are indented to there. */
void help_print_wrapped(FILE *out, const char *text, int indent, int width);

#endif
