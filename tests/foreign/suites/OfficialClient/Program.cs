using Warren.Suites;

// The official client against the broker of WARREN_URI; with an argument one test only.
await Suite.RunAllAsync(args.FirstOrDefault());
