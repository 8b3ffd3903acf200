using System.ComponentModel;
using System.Globalization;

namespace Warren;

/// <summary>For generated code: what is wrong with a value, and where it stands. The place is put together on the way out, so that good values cost nothing.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public struct RpcFlaw
{
    private string? _text;
    private string? _path;

    /// <summary>True when there is one.</summary>
    public readonly bool IsSet => _text is not null;

    /// <summary>Says what is wrong; always false, so that it can be returned.</summary>
    public bool Is(string text)
    {
        _text = text;
        return false;
    }

    /// <summary>Says in which member the flaw is; always false.</summary>
    public bool In(string member)
    {
        _path = _path is null ? member : _path[0] == '[' ? member + _path : $"{member}.{_path}";
        return false;
    }

    /// <summary>Says at which place of a list the flaw is; always false.</summary>
    public bool At(int index)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"[{index}]");
        _path = _path is null ? place : _path[0] == '[' ? place + _path : $"{place}.{_path}";
        return false;
    }

    /// <summary><c>order.lines[3].count: the text "abc" is not a whole number (Int32)</c>.</summary>
    public override readonly string ToString() => Printable(_path is null ? _text ?? "" : $"{_path}: {_text}");

    // It goes into logs and terminals, and parts of it may come from the body.
    private static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter)) : text;
}
