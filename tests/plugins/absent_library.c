/* A library that is there while missing_library.c is linked, and not where it could be found when that is loaded. */
extern int absent_library_function(void);

int absent_library_function(void) { return 0; }
