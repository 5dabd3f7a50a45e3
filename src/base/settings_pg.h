/*
 * settings_pg.h
 *		What can be SET: the extension's configuration parameters.
 */
#ifndef INTENT_SETTINGS_PG_H
#define INTENT_SETTINGS_PG_H

/* intent.build_mem in kB; 0 is work_mem times hash_mem_multiplier */
extern int	intent_build_mem;

/* intent."verbose" (a reserved word, hence the quotes): say in a NOTICE what was done */
extern bool intent_verbose;

#endif							/* INTENT_SETTINGS_PG_H */
