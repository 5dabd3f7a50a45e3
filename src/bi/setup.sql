-- setup: the tables and views of all rooms, made by the user and owned by him

-- Each room has its own setup_ROOM(), idempotent; a line here a room, from the ground up.
CREATE FUNCTION setup() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM intent.setup_graph();
	PERFORM intent.setup_store();
	PERFORM intent.setup_registry();
	PERFORM intent.setup_bi();
END $$;
COMMENT ON FUNCTION setup() IS
'Makes the tables and views of the extension in the schemas intent and intent_bi; they belong to the caller, who needs CREATE on the schema intent and on the database. What is there already stays as it is. Each table has a column tenant, '''' by default, and row security with a policy named tenant, which lets see the rows of tenant '''' and of the tenant named like the current role; its owner may change it. What needs tables, such as create_graph and register_model, makes its own by itself. Example: SELECT intent.setup();';
