/* The rows of all settings, for worker/settings.c alone; several files, so that each stays readable. A row's place
 * is its id's distance from the first id of its file.
 */
#ifndef PENSTOCK_WORKER_SETTINGS_ROWS_H
#define PENSTOCK_WORKER_SETTINGS_ROWS_H

#include <stddef.h>

#include "worker/settings.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, KIB = 1024, MIB = 1024 * KIB };

/* What is carried, and as what. */
extern const struct setting settings_carry_rows[SETTING_FIREHOSE - SETTING_TABLE];
/* Where to. */
extern const struct setting settings_place_rows[SETTING_APP - SETTING_FIREHOSE];
/* The fleet, reading, the process and AWS. */
extern const struct setting settings_worker_rows[SETTING_COUNT - SETTING_APP];

#endif
