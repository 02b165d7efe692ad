import pytest

from seqrec_core.errors import BundleError
from seqrec_core.trust import check_reach, is_distribution


def check(folder, **parts):
    check_reach(parts, folder, folder / "spec.lock.json")


@pytest.mark.parametrize(
    "text",
    ["/etc/passwd", "..", "../x", "a/../../b", "a\\..\\b", "~", "~root/x", "https://x.org/a",
     "s3://bucket", "zip::s3://bucket", "file:/etc", "C:\\x", "c:/x", "\\\\server\\x", " /etc"],
)  # fmt: skip
def test_what_leads_out_of_a_bundle_is_refused_wherever_it_stands(tmp_path, text):
    for parts in (
        {"model": {"items": text}},
        {"model": {"tags": ["a", text]}},
        {"data": {"transforms": {"predict": [{"path": text}]}}},
        {"files": {text: "sha256:0"}},
        {text: 1},
    ):
        with pytest.raises(BundleError, match=r"leads out of the bundle.*--trust"):
            check(tmp_path, **parts)


@pytest.mark.parametrize(
    "text",
    ["items.parquet", "assets/postprocessors[0]/a", "seqrec-loss-ce:ce", "validate/ndcg@10",
     "1.0.0", "a..b", "...", "item~id", "", "x" * 100_000, "a\0b"],
)  # fmt: skip
def test_other_texts_are_nobodys_way_out(tmp_path, text):
    check(tmp_path, model={"type": text, "tags": [text]}, trackers=[{"uri": "http://localhost"}])


def test_the_data_may_stand_beside_the_bundle_or_at_a_uri_and_nowhere_else(tmp_path):
    check(tmp_path, data={"folder": "../data"})
    check(tmp_path, data={"folder": "s3://${BUCKET}/data"})
    for folder in (
        "/data",
        "file:///data",
        "file:/data",
        "~/data",
        "${HOME}/data",
        "x ~://data",
        "a${NOT_SET}/b",
    ):
        with pytest.raises(BundleError, match=r"'data\.folder' leads out"):
            check(tmp_path, data={"folder": folder})


def test_links_that_lead_out_are_refused_and_those_within_are_not(tmp_path):
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (tmp_path / "secret").touch()
    (bundle / "own").touch()
    (bundle / "inner").symlink_to(bundle / "own")
    (bundle / "outer").symlink_to(tmp_path / "secret")
    (bundle / "folder").symlink_to(tmp_path, target_is_directory=True)
    (bundle / "circle").symlink_to(bundle / "circle")
    with pytest.raises(BundleError, match=r"bundle/folder is a link out of the bundle.*--trust"):
        check(bundle)
    (bundle / "folder").unlink()
    check(bundle, model={"a": "inner", "b": "own", "c": "circle"})
    (bundle / "sub").mkdir()
    (bundle / "sub" / "folder").symlink_to(tmp_path, target_is_directory=True)
    for text in ("outer", "sub/folder/secret", "sub/folder"):
        with pytest.raises(BundleError, match="leads out"):
            check(bundle, model={"a": text})


def test_long_and_strange_texts_are_shown_short_and_escaped(tmp_path):
    with pytest.raises(BundleError) as caught:
        check(tmp_path, model={"\x1b[31m" * 99: "/\x1b[2J" + "x" * 9999})
    assert len(str(caught.value)) < 1500
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("name", ["--index-url=http://x", "a; rm -rf ~", "a b", "", "a[b]", 3, "-"])
def test_what_pip_would_not_take_as_a_name_is_none(name):
    assert not is_distribution(name, "1.0")


@pytest.mark.parametrize("version", ["1.0; rm", "--pre", "1 2", None, 1, ["1"]])
def test_what_is_no_version_is_none(version):
    assert is_distribution("acme-loss", "1.0+local.1")
    assert not is_distribution("acme-loss", version)
