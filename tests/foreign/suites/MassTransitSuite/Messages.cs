namespace Warren.Suites;

/// <summary>An event.</summary>
public sealed record Ordered(Guid Id, int Number);

/// <summary>A question, which fails when the number is negative.</summary>
public sealed record Square(int Number);

/// <summary>The answer.</summary>
public sealed record Squared(int Number);

/// <summary>Work that fails the first times: at once again, then later again, or for ever.</summary>
public sealed record Shaky(Guid Id, string Way);

/// <summary>To be published later.</summary>
public sealed record Reminder(Guid Id);
