/* The command line of the simulator: tests/sim/README.md. */
#include <getopt.h>
#include <signal.h>
#include <time.h>

#include "base/log.h"
#include "tests/sim/sim.h"

enum { SHARDS_MOST = 160, RECENT = 100 };

struct totals {
    uint64_t runs;
    uint64_t first_seed;
    uint64_t last_seed;
    uint64_t events;
    double hours;
    uint64_t bad;
    uint64_t made[FAULT_KINDS];
};

static double now_seconds(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run_one(const struct sim_options *options, struct totals *totals)
{
    struct sim *sim = sim_create(options, SHARDS_MOST, options->workers != 0 ? options->workers : 6);
    bool good = sim_life(sim);
    totals->runs++;
    totals->last_seed = options->seed;
    totals->events += sim->events;
    totals->hours += (double)sim->now_ms / 3600000;
    for (size_t i = 0; i < FAULT_KINDS; i++) {
        totals->made[i] += sim->faults.made[i];
    }
    if (!good) {
        totals->bad++;
        printf("seed %" PRIu64 ": %s: %s\n", options->seed, sim->violation, sim->detail);
        fflush(stdout);
    }
    sim_destroy(sim);
}

static void report(const struct totals *totals, double real, double processor)
{
    printf("seeds %" PRIu64 " to %" PRIu64 ": %" PRIu64 " runs, %" PRIu64 " with a violation\n",
           totals->first_seed, totals->last_seed, totals->runs, totals->bad);
    printf(
        "simulated %.1f hours in %.1f s (%.1f s of processor): %.0f times real time, %.2f million events/s\n",
        totals->hours, real, processor, totals->hours * 3600 / real,
        (double)totals->events / processor / 1e6);
}

static bool report_faults(const struct totals *totals)
{
    bool all = true;
    for (size_t i = 0; i < FAULT_KINDS; i++) {
        printf("  %10" PRIu64 "  %s\n", totals->made[i], sim_fault_name((enum sim_fault)i));
        all = all && totals->made[i] > 0;
    }
    return all;
}

static int usage(void)
{
    fputs("usage: sim [--seed N] [--runs N | --seconds S | --processor-seconds S] [--trace] [--workers N] "
          "[--shards N]\n"
          "           [--failover MS] [--sink ordered|firehose] [--keep-going] [--faults] [--fleet "
          "[--together]]\n"
          "Without --seed the first seed is chosen by the system; each run takes the next one.\n"
          "--trace prints every step of the first run; --faults fails when a kind of fault was never made.\n"
          "--fleet measures a fleet without faults: 100 workers and 10,000 shards unless told otherwise,\n"
          "one worker a second before the others or all --together.\n",
          stderr);
    return 2;
}

struct settings {
    struct sim_options options;
    uint64_t runs;
    double seconds;
    double processor_seconds;
    bool keep_going;
    bool fleet;
    bool all_faults;
};

static bool parse(int count, char **words, struct settings *settings)
{
    static const struct option names[] = {
        {"fleet", no_argument, NULL, 'G'},         {"together", no_argument, NULL, 'a'},
        {"seed", required_argument, NULL, 's'},    {"runs", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 't'}, {"processor-seconds", required_argument, NULL, 'p'},
        {"trace", no_argument, NULL, 'T'},         {"workers", required_argument, NULL, 'w'},
        {"shards", required_argument, NULL, 'n'},  {"failover", required_argument, NULL, 'f'},
        {"sink", required_argument, NULL, 'k'},    {"keep-going", no_argument, NULL, 'g'},
        {"faults", no_argument, NULL, 'F'},        {NULL, 0, NULL, 0},
    };
    *settings = (struct settings){.options = {.ordered = -1}, .runs = 1};
    settings->options.seed = random_seed_from_system() % 1000000000;
    int option;
    while ((option = getopt_long(count, words, "", names, NULL)) != -1) {
        switch (option) {
        case 's':
            settings->options.seed = strtoull(optarg, NULL, 10);
            break;
        case 'r':
            settings->runs = strtoull(optarg, NULL, 10);
            break;
        case 't':
            settings->seconds = strtod(optarg, NULL);
            settings->runs = UINT64_MAX;
            break;
        case 'p':
            settings->processor_seconds = strtod(optarg, NULL);
            settings->runs = UINT64_MAX;
            break;
        case 'T':
            settings->options.trace = true;
            break;
        case 'w':
            settings->options.workers = strtoul(optarg, NULL, 10);
            break;
        case 'n':
            settings->options.shards = strtoul(optarg, NULL, 10);
            break;
        case 'f':
            settings->options.failover_ms = strtoll(optarg, NULL, 10);
            break;
        case 'k':
            settings->options.ordered = strcmp(optarg, "ordered") == 0 ? 1 : 0;
            break;
        case 'G':
            settings->fleet = true;
            break;
        case 'a':
            settings->options.together = true;
            break;
        case 'g':
            settings->keep_going = true;
            break;
        case 'F':
            settings->all_faults = true;
            break;
        default:
            return false;
        }
    }
    return optind == count;
}

static volatile sig_atomic_t stopped;

/* The run under way is ended, and the report made. */
static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static bool is_time_left(const struct settings *settings, double begun, double processor)
{
    return stopped == 0 &&
           (settings->seconds <= 0 || now_seconds(CLOCK_MONOTONIC) - begun < settings->seconds) &&
           (settings->processor_seconds <= 0 ||
            now_seconds(CLOCK_PROCESS_CPUTIME_ID) - processor < settings->processor_seconds);
}

/* 100 workers and 10,000 shards unless told otherwise. */
static int measure_fleet(struct sim_options *options)
{
    options->workers = options->workers != 0 ? options->workers : 100;
    options->shards = options->shards != 0 ? options->shards : 10000;
    options->failover_ms = options->failover_ms != 0 ? options->failover_ms : 10000;
    options->ordered = 0;
    struct sim *sim = sim_create(options, options->shards, options->workers + 1);
    double begun = now_seconds(CLOCK_PROCESS_CPUTIME_ID);
    bool good = sim_fleet(sim);
    printf("fleet: %.0f simulated seconds in %.0f s of processor\n", (double)sim->now_ms / 1000,
           now_seconds(CLOCK_PROCESS_CPUTIME_ID) - begun);
    sim_destroy(sim);
    return good ? 0 : 1;
}

int main(int count, char **words)
{
    struct settings settings;
    if (!parse(count, words, &settings)) {
        return usage();
    }
    if (settings.fleet) {
        return measure_fleet(&settings.options);
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    double begun = now_seconds(CLOCK_MONOTONIC);
    double processor = now_seconds(CLOCK_PROCESS_CPUTIME_ID);
    struct totals totals = {.first_seed = settings.options.seed};
    while (totals.runs < settings.runs && (settings.keep_going || totals.bad == 0) &&
           is_time_left(&settings, begun, processor)) {
        run_one(&settings.options, &totals);
        settings.options.seed++;
        settings.options.trace = false;
    }
    report(&totals, now_seconds(CLOCK_MONOTONIC) - begun, now_seconds(CLOCK_PROCESS_CPUTIME_ID) - processor);
    bool all = report_faults(&totals);
    if (settings.all_faults && !all) {
        printf("a kind of fault was never made\n");
        return 1;
    }
    return totals.bad == 0 ? 0 : 1;
}
