"""Names of invented people and streets; any likeness to somebody living is chance."""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_WOMEN = _listed(
    """
    Agnieszka Alicja Aneta Anna Barbara Beata Bogumiła Bożena Celina Danuta Dorota Elżbieta Ewa Grażyna Halina Hanna
    Helena Irena Iwona Izabela Jadwiga Janina Joanna Jolanta Justyna Katarzyna Kazimiera Krystyna Łucja Magdalena
    Małgorzata Maria Marianna Marta Monika Natalia Olga Patrycja Renata Stanisława Stefania Sylwia Teresa Urszula
    Wanda Weronika Wiesława Zofia Zuzanna Żaneta
    """
)
FIRST_MEN = _listed(
    """
    Adam Andrzej Antoni Artur Bartosz Bogdan Czesław Damian Dariusz Edward Eugeniusz Filip Franciszek Grzegorz
    Henryk Ignacy Jacek Jakub Jan Janusz Jarosław Jerzy Józef Kamil Karol Kazimierz Krzysztof Lech Leszek Łukasz
    Maciej Marcin Marek Mariusz Michał Mirosław Paweł Piotr Rafał Ryszard Sławomir Stanisław Stefan Szymon Tadeusz
    Tomasz Waldemar Wiesław Wojciech Zbigniew
    """
)
# Endings -ski, -cki, -dzki become -ska ... for women, -ny becomes -na; the others stay.
LAST = _listed(
    """
    Adamczyk Banaś Baran Bednarz Białecki Bieliński Borowiec Brzozowski Chmielecki Cieśla Czapliński Czerwiec Dąbek
    Domański Drozd Dudziak Dziedzic Florczak Gałązka Gawroński Głowacki Gołąb Górnicki Grabarczyk Grzybek Hadrych
    Jabłoniec Janiszewski Jarzębski Jeziorny Kaczor Kalinowiec Karpiński Kędziora Klonowiec Kłosek Kobylański
    Kolecki Konarzewski Korczak Kosiński Kraszewiak Krupiński Kubacki Kulesza Kurek Lewandziak Lipiński Łabędzki
    Łoziński Maciąg Malicki Matuszczak Mazurkiewicz Miłek Modrzewski Mroczek Napora Niedziela Nowicki Ogórek
    Olechowiec Orłowiec Osiński Pająk Pawluk Piaskowiec Pięta Piotrowiak Podgórny Polak Przybył Radecki Rogala Rożek
    Rudziński Sadowiec Sikora Skowronek Słowiński Sobczyk Sosnowiec Stachura Stępień Szafrański Szczygieł Szeląg
    Śliwiński Święcicki Tarnawski Tokarz Topolski Trzciński Urbanek Walczyk Wąsik Wierzbicki Wilk Wiśnioch Wrona
    Wypych Zagórny Zając Zaleśny Zawiślak Zięba Zimny Żak Żebrowiec Żuraw
    """
)
STREETS = _listed(
    """
    Lipowa Kasztanowa Jesionowa Bukowa Klonowa Jarzębinowa Wierzbowa Topolowa Modrzewiowa Akacjowa Brzozowa Sosnowa
    Grabowa Olchowa Dębowa Cisowa Jaworowa Leszczynowa Głogowa Kalinowa
    """
)
CITY = "Lipogóra"
POSTAL_CODE = "99-900"
COMPANIES = tuple(
    line.strip()
    for line in """
    Piekarnia Rogalik
    Apteka Pod Lipą
    Salon fryzjerski Loczek
    Sklep spożywczy Koszyk
    Gabinet dentystyczny Ząbek
    Kwiaciarnia Piwonia
    Pracownia krawiecka Szpulka
    Księgarnia Stronica
    Optyk Soczewka
    Serwis rowerowy Szprycha
    Biuro rachunkowe Bilans
    Kawiarnia Filiżanka
    """.strip().splitlines()
)
COMPANY_FORMS = ("sp. z o.o.", "s.c.", "sp. j.")


def last_name(name: str, woman: bool) -> str:
    """The family name in the form of its bearer."""
    if woman and name.endswith(("ski", "cki", "dzki", "ny")):
        return name[:-1] + "a"
    return name
