/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live screen of farthingctl top, in four parts: the model keeps what the platform last said,
 * the input turns keys into a new view and actions, the screen turns model and view into lines of
 * text, and far-top.c alone knows ncurses. Input and screen are pure. Main context. */
#pragma once

#include "terminal/far-terminal.h"

G_BEGIN_DECLS

/* ---- model ---- */

#define FAR_TOP_HISTORY 120      /* seconds of the graph */
#define FAR_TOP_TREND 12         /* seconds of a row's trend */
#define FAR_TOP_RECENT_MAX 100   /* invocations of the detail view */
#define FAR_TOP_FUNCTIONS_MAX 1000

typedef struct {
  char              *name;
  FarFunctionFigures figures;
  gint64             per_second[FAR_TOP_TREND]; /* oldest first; −1 = not known */
} FarTopFunction;

typedef struct {
  gboolean           connected;
  FarPlatformStatus *status;    /* (nullable) */
  FarTraffic        *traffic;   /* (nullable) */
  FarEarnings       *earnings;  /* (nullable) */
  gint64             transfers;
  GPtrArray         *functions; /* FarTopFunction */
  double             history[FAR_TOP_HISTORY]; /* invocations a second, oldest first; NaN = none */
  gint64             p50_us;    /* of the last minute; −1 = nothing ran */
  gint64             p99_us;
  GPtrArray         *recent;    /* (nullable) FarInvocationInfo of the function in detail */
  char              *recent_of; /* (nullable) */
  char              *notice;    /* (nullable): the last thing that went wrong, or was done */
  gint64             now_us;    /* real time of the last tick */
} FarTopModel;

FarTopModel *far_top_model_new  (void);
void         far_top_model_free (FarTopModel *self);
/* Takes over one second's figures; rows that went away go. figures: FarFunctionInfo. */
void         far_top_model_tick (FarTopModel *self, GListModel *functions, gint64 now_us);

/* ---- view and input ---- */

typedef enum {
  FAR_TOP_SORT_NAME,
  FAR_TOP_SORT_INVOCATIONS,
  FAR_TOP_SORT_ERRORS,
  FAR_TOP_SORT_COLD,
  FAR_TOP_SORT_P99,
  FAR_TOP_SORT_COST,
} FarTopSort;
#define FAR_TOP_SORTS 6

#define FAR_TOP_FILTER_MAX 64

typedef struct {
  int        width;
  int        height;
  gboolean   unicode;
  gboolean   readonly;
  FarTopSort sort;
  char       filter[FAR_TOP_FILTER_MAX + 1];
  gboolean   filtering; /* keys go to the filter */
  gboolean   help;
  guint      selected;
  char      *detail;    /* (nullable): the function shown alone */
  double     rate;      /* of simulated readers, to start with */
} FarTopView;

typedef enum {
  FAR_TOP_NOTHING,
  FAR_TOP_QUIT,
  FAR_TOP_START_READERS,
  FAR_TOP_STOP_READERS,
  FAR_TOP_VERIFY,
} FarTopAction;

/* Keys as characters, and these. */
enum {
  FAR_TOP_KEY_UP = 0x110000, /* beyond Unicode */
  FAR_TOP_KEY_DOWN,
  FAR_TOP_KEY_ENTER,
  FAR_TOP_KEY_ESCAPE,
  FAR_TOP_KEY_BACKSPACE,
};

FarTopAction far_top_input    (FarTopView *view, const FarTopModel *model, gunichar key);
/* The rows that the filter lets through, sorted. Returns: (transfer container) of FarTopFunction */
GPtrArray   *far_top_visible  (const FarTopView *view, const FarTopModel *model);
const char  *far_top_sort_name (FarTopSort sort);

/* ---- screen ---- */

typedef enum {
  FAR_TOP_NORMAL,
  FAR_TOP_BOLD,
  FAR_TOP_DIM,
  FAR_TOP_BAD,
  FAR_TOP_HEADER,
  FAR_TOP_SELECTED,
} FarTopStyle;

typedef struct {
  char       *text; /* exactly the view's width in columns */
  FarTopStyle style;
} FarTopLine;

/* Returns: (transfer full): view->height FarTopLine */
GPtrArray *far_top_render (const FarTopView *view, const FarTopModel *model);

G_END_DECLS
