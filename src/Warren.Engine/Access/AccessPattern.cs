using System.Text;
using System.Text.RegularExpressions;

namespace Warren.Engine;

/// <summary>
/// A regular expression that says which names a permission is for. As in RabbitMQ it matches anywhere in the name unless it has anchors, and the empty
/// one matches no name. It is matched without backtracking, in a time that is linear in the name, so it knows no look-around and no back-references.
/// </summary>
public sealed class AccessPattern
{
    /// <summary>The longest pattern, in characters.</summary>
    public const int MaxLength = 1024;

    // Names have 255 octets: whoever counts further than this in an expression means something else, or no good.
    private const int MaxSize = 10_000;

    private readonly Regex? _regex; // Null when it matches everything.

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The expression, of at most <see cref="MaxLength"/> characters.</param>
    /// <exception cref="FormatException">It is no regular expression, or one that is too long, or one that only backtracking could match.</exception>
    public AccessPattern(string text)
        : this(text, MaxLength)
    {
    }

    internal AccessPattern(string text, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
        if (text.Length > maxLength)
            throw new FormatException($"A pattern has at most {MaxLength} characters; this one has {text.Length}.");
        if (text is ".*" or "^.*")
            return;
        if (PatternSize.Of(text) > MaxSize)
            throw new FormatException($"The pattern '{text}' repeats too much.");
        if (text.Contains("[:", StringComparison.Ordinal) && text.Contains(":]", StringComparison.Ordinal))
            throw new FormatException($"The pattern '{text}' has a class of POSIX, such as [:alpha:], which means something else here: write [a-zA-Z].");
        _regex = Compile(text.Length == 0 ? "^$" : text);
    }

    /// <summary>The pattern of whoever may do everything.</summary>
    public static AccessPattern Everything { get; } = new(".*");

    /// <summary>The pattern of whoever may do nothing.</summary>
    public static AccessPattern Nothing { get; } = new("");

    /// <summary>The expression.</summary>
    public string Text { get; }

    /// <summary>True when it matches every name.</summary>
    public bool IsEverything => _regex is null;

    /// <inheritdoc/>
    public override string ToString() => Text;

    internal bool Matches(ReadOnlySpan<byte> name)
    {
        if (_regex is null)
            return true;
        Span<char> few = stackalloc char[256];
        var chars = name.Length <= few.Length ? few : new char[name.Length]; // Never more characters than octets.
        return _regex.IsMatch(chars[..Encoding.UTF8.GetChars(name, chars)]);
    }

    private static Regex Compile(string text)
    {
        try
        {
            return new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException e)
        {
            throw new FormatException($"The pattern '{text}' looks around, refers back or is atomic, which takes backtracking: {e.Message}", e);
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"The pattern '{text}' is no regular expression: {e.Message}", e);
        }
    }
}
