/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The faults in force, and which call each of them hits. Thread: the loop's. */
#pragma once

#include "platform/far-dispatcher.h"
#include "platform/far-fault.h"

G_BEGIN_DECLS

#define FAR_FAULTS_ERROR (far_faults_error_quark ())
GQuark far_faults_error_quark (void);
typedef enum {
  FAR_FAULTS_ERROR_LIVE,  /* live money: no faults */
  FAR_FAULTS_ERROR_LIMIT, /* FAR_FAULTS_MAX are there */
} FarFaultsError;

#define FAR_FAULTS_MAX 64

typedef struct {
  guint               id;
  const FarFaultSpec *spec;
  gint64              left_s;   /* -1 = until it is cleared */
  guint64             matched;  /* calls, or starts, that it could have hit */
  guint64             injected;
} FarFaultState;

typedef void (*FarFaultsNote)    (const char *function, const char *text, gpointer user_data);
typedef void (*FarFaultsVisitor) (const FarFaultState *fault, gpointer user_data);

/* note: a fault began or ended; function: (nullable) */
FarFaults *far_faults_new      (FarLoop *loop, FarFaultsNote note, gpointer user_data);
void       far_faults_free     (FarFaults *self);
/* Live money: ends all of them and takes no more. */
void       far_faults_set_live (FarFaults *self, gboolean live);
/* Returns: its id, from 1; 0 with FAR_FAULTS_ERROR or FAR_FAULT_ERROR. */
guint      far_faults_add      (FarFaults *self, const FarFaultSpec *spec, GError **error);
gboolean   far_faults_remove   (FarFaults *self, guint id);
void       far_faults_clear    (FarFaults *self);
void       far_faults_foreach  (FarFaults *self, FarFaultsVisitor visitor, gpointer user_data);

/* A call comes: TRUE with ret_kind FAR_FAULT_THROTTLE or _OUTAGE, if one refuses it. */
gboolean   far_faults_refuse   (FarFaults *self, FarCall *call, FarFaultKind *ret_kind);
/* A call is given to an instance: how long that takes, µs; ret_kind: what happens then, LATENCY
 * being that it goes on. */
gint64     far_faults_enter    (FarFaults *self, FarCall *call, FarFaultKind *ret_kind);
/* An instance of function has started: how much later it is ready, µs. */
gint64     far_faults_start    (FarFaults *self, const char *function);

G_END_DECLS
