/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keeper: a trusted process that builds one sandbox, starts one program in it and stays, as
 * process 1 of its pid namespace, until it is over. */
#pragma once

#include "platform/spawner-cgroup.h"
#include "platform/spawner-tmps.h"
#include "sandbox/far-filter.h"
#include "sandbox/far-isolation.h"
#include "sandbox/far-namespaces.h"
#include "sandbox/far-plan.h"

G_BEGIN_DECLS

/* Filters and tier, the same for every sandbox. */
typedef struct {
  FarIsolation isolation;
  FarFilter   *fork_server_filter;
  FarFilter   *program_filter;
  SpawnerCgroup cgroup;
  SpawnerTmps   tmps;
  int          instance_filter_fd; /* a sealed memory file for fork servers to read */
} SpawnerKit;

/* Descriptors are the keeper's. -1 = none. */
typedef struct {
  const SpawnerKit *kit;
  const FarPlan    *plan;
  FarIdentity       identity;
  guint64           sandbox_id;
  guint64           instance_id; /* exec functions */
  guint             number;      /* fork servers: of those whose /tmp are counted; 0: of none */
  int               channel;     /* to the platform */
  int               control;     /* the fork server's end */
  int               log;
  int               clock;
  int               census;      /* fork servers: a FarSandboxCensus */
  int               weight;      /* fork servers: of their control group */
  int               events;      /* programs: of their control group's memory */
  int               services[FAR_PLAN_SERVICES_MAX];
  guint             n_services;
  int               user_namespace; /* what stands by: its own, for whoever brings the code */
  int               handover;    /* what stands by: where its function will come from */
  guint16           egress_port;
  guint16           runtime_port; /* of 127.0.0.1, where no network of its own fixes it */
} KeeperTask;

/* In a fresh child of the spawner, with the task's descriptors open and the spawner's closed.
 * Does not return. */
void keeper_run (KeeperTask *task) G_GNUC_NORETURN;

G_END_DECLS
